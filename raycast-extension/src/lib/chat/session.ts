/** One chat on the screen: what is asked, and the answer as the agent writes it down. Knows no Raycast. */
import {
  AgentError,
  applyRunEvent,
  chatState,
  FINAL_RUN_STATES,
  type Chat,
  type ChatState,
  type ChatUpdate,
  type Client,
  type InputPart,
  type RunCreate,
  type RunEvent,
} from "@mlx-manager/shared";
import { pace, type Paced } from "../pace.js";
import { passes, PAUSES_MS, waitFor } from "./again.js";
import { Ends, type AnswerEnd } from "./milestones.js";
import { provisional } from "./provisional.js";
import { EMPTY, type AnswerOptions, type NewChat, type SessionView } from "./session-view.js";

export type { AnswerOptions, NewChat, SessionView } from "./session-view.js";

export interface SessionDeps {
  /** Throws where there is no agent. */
  connect(): Client;
  /** Told of each new state, at most every `paintMs`. */
  paintMs?: number;
  /** Told of the chat that is shown: the one to come back to. */
  onChat?(chat: Chat): void;
  /** Waits between tries to watch an answer again; tests wait less. */
  pause?(ms: number, signal: AbortSignal): Promise<void>;
}

/** Streams are painted at most every so many milliseconds. */
export const PAINT_MS = 50;

export class ChatSession {
  #view: SessionView;
  readonly #listeners = new Set<() => void>();
  readonly #painted: Paced<SessionView>;
  /** The newest state; the view is what was painted of it. */
  #now: SessionView;
  #state: ChatState | null = null;
  /** Of what is on the screen: another chat, or the end of the window, aborts it. The run goes on in the agent. */
  #life = new AbortController();
  /** While a chat is being fetched: a question waits for it. */
  #fetching: Promise<void> | undefined;
  /** Stop was pressed before the run was known. */
  #stopAsked = false;
  readonly #ends = new Ends();

  constructor(private readonly deps: SessionDeps) {
    this.#view = this.#now = EMPTY;
    this.#painted = pace<SessionView>(deps.paintMs ?? PAINT_MS, (view) => {
      this.#view = view;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): SessionView => this.#view;

  /** Shows a chat, and goes on watching its answer where one is being written. */
  async open(chatId: string): Promise<void> {
    // The same again keeps what is on the screen until the answer is here.
    const shown = this.#now.chat?.id === chatId ? { ...this.#now, busy: false, error: undefined } : EMPTY;
    const life = this.#begin({ ...shown, isLoading: true });
    let runId: string | null = null;
    this.#fetching = this.#fetch(chatId, life).then(
      (chat) => void (runId = chat.activeRunId),
      (error: unknown) => {
        if (!life.aborted) this.#show({ isLoading: false, error: error as Error });
      },
    );
    await this.#fetching;
    if (runId !== null && !life.aborted) await this.#watch(runId, undefined, life);
  }

  async #fetch(chatId: string, life: AbortSignal): Promise<Chat> {
    const detail = await this.deps.connect().getChat({ params: { chatId }, signal: life });
    if (!life.aborted) {
      this.#take(chatState(detail));
      this.#show({ isLoading: false });
    }
    return detail.chat;
  }

  /** An empty chat; nothing is written before the first question. */
  clear(): void {
    this.#begin(EMPTY);
  }

  /** Leaves the screen. The answer goes on in the agent. */
  close(): void {
    this.#life.abort();
    this.#ends.tell("left");
    this.#painted.cancel();
  }

  /** Waits for the end of the answer that is being written. */
  over(): Promise<AnswerEnd> {
    return this.#now.busy ? this.#ends.next() : Promise.resolve(this.#end());
  }

  #end(): AnswerEnd {
    return this.#now.messages.at(-1)?.status === "complete" ? "whole" : "broken";
  }

  /**
   * Asks, and shows the answer until it is whole. The question reaches the agent also when the window closes at once.
   * @param fresh how the chat is made, where it is the first question.
   * @param accepted told when the agent has taken the question.
   * @throws AgentError when the agent does not take the question. What happens to the answer stands in the message.
   */
  async send(
    parts: InputPart[],
    fresh: NewChat = {},
    options: AnswerOptions = {},
    accepted?: () => void,
  ): Promise<void> {
    const life = this.#life.signal;
    await this.#fetching;
    const before = this.#now;
    if (before.busy) throw new AgentError("RUN_IN_PROGRESS", { runId: before.run?.id ?? "" });
    // The question is on the screen before the agent knows of it.
    this.#show({ messages: [...before.messages, provisional(before, parts)], busy: true, error: undefined });
    this.#painted.flush();
    let made: Chat | null = null;
    try {
      const client = this.deps.connect();
      if (before.chat === null) {
        made = await client.createChat({ body: fresh });
        if (!life.aborted) this.#take(chatState({ chat: made, messages: [] }), false);
      }
      const chat = made ?? before.chat;
      if (chat !== null) await this.#run(client, chat.id, { kind: "send", parts, ...options }, life, accepted);
    } catch (error) {
      if (made !== null) await this.#unmake(made);
      if (life.aborted) return;
      if (made !== null) this.#state = null;
      this.#show({ messages: before.messages, chat: before.chat, busy: false, run: before.run });
      this.#painted.flush();
      this.#ends.tell("broken");
      throw error;
    }
  }

  /** A chat whose first question was not taken is not kept: nobody wants to find an empty one. */
  async #unmake({ id }: Chat): Promise<void> {
    try {
      await this.deps.connect().deleteChat({ params: { chatId: id } });
    } catch (error) {
      // The agent went away meanwhile, which is what the person is told anyway.
      if (!(error instanceof AgentError)) throw error;
    }
  }

  /** Another wording of a question; the old one stays as a branch. @throws AgentError as `send`. */
  edit(messageId: string, parts: InputPart[], options: AnswerOptions = {}, accepted?: () => void): Promise<void> {
    return this.#again({ kind: "edit", messageId, parts, ...options }, accepted);
  }

  /** Another answer; the last one's when left out. @throws AgentError as `send`. */
  regenerate(messageId?: string, options: AnswerOptions = {}): Promise<void> {
    return this.#again({ kind: "regenerate", ...(messageId !== undefined && { messageId }), ...options });
  }

  /** Goes on behind an answer that ended early. @throws AgentError as `send`. */
  resume(messageId?: string): Promise<void> {
    return this.#again({ kind: "resume", ...(messageId !== undefined && { messageId }) });
  }

  /** Ends the answer; what was written stays. */
  async stop(): Promise<void> {
    const { run, busy } = this.#now;
    if (run !== null && !FINAL_RUN_STATES.has(run.state))
      await this.deps.connect().stopRun({ params: { runId: run.id } });
    else this.#stopAsked = busy;
  }

  /** Changes the chat, or shows another branch of it. @throws AgentError. */
  async update(changes: Partial<ChatUpdate>): Promise<void> {
    const life = this.#life.signal;
    const { chat } = this.#now;
    if (chat === null) return;
    const detail = await this.deps.connect().updateChat({ params: { chatId: chat.id }, body: changes, signal: life });
    if (life.aborted) return;
    if (!this.#now.busy) this.#take(chatState(detail));
    else {
      // The answer's next piece comes with what is known of the chat.
      if (this.#state) this.#state = { ...this.#state, chat: detail.chat };
      this.#show({ chat: detail.chat });
    }
    // Somebody pressed something: its outcome is seen at once.
    this.#painted.flush();
  }

  async #again(body: RunCreate, accepted?: () => void): Promise<void> {
    const life = this.#life.signal;
    this.#show({ busy: true, error: undefined });
    try {
      const chatId = this.#state?.chat.id;
      if (chatId !== undefined) await this.#run(this.deps.connect(), chatId, body, life, accepted);
      else this.#show({ busy: false });
    } catch (error) {
      if (life.aborted) return;
      this.#show({ busy: false });
      // The refusal and the end of the waiting are seen together.
      this.#painted.flush();
      this.#ends.tell("broken");
      throw error;
    }
  }

  async #run(client: Client, chatId: string, body: RunCreate, life: AbortSignal, accepted?: () => void): Promise<void> {
    this.#stopAsked = false;
    // The run is begun by a call of its own: when a stream breaks, it is known that it began, and which it is.
    const run = await client.createRun({ params: { chatId }, body });
    accepted?.();
    if (life.aborted) return;
    this.#show({ run, busy: true });
    // The answer goes on where it cannot be stopped: that is no refusal of the question.
    if (this.#stopAsked) void this.stop().catch((error: unknown) => this.#show({ error: error as Error }));
    await this.#watch(run.id, undefined, life);
  }

  /** Follows a run to its end, over broken connections and restarts of the agent. */
  async #watch(runId: string, lastEventId: string | undefined, life: AbortSignal): Promise<void> {
    this.#show({ busy: true });
    let last = lastEventId;
    let tries = 0;
    while (!life.aborted) {
      try {
        for await (const event of this.deps
          .connect()
          .watchRun({ runId, ...(last && { lastEventId: last }), signal: life })) {
          if (life.aborted) return;
          tries = 0;
          last = event.id || last;
          this.#hear(event);
        }
        this.#painted.flush();
        return;
      } catch (error) {
        if (life.aborted) return;
        const pauseMs = PAUSES_MS[tries++];
        if (pauseMs === undefined || !passes(error)) {
          this.#show({ busy: false, error: error as Error });
          this.#painted.flush();
          this.#ends.tell("broken");
          return;
        }
        await (this.deps.pause ?? waitFor)(pauseMs, life);
      }
    }
  }

  #hear(event: RunEvent): void {
    if (this.#state === null) return;
    const state = applyRunEvent(this.#state, event);
    this.#state = state;
    const busy = state.run === null || !FINAL_RUN_STATES.has(state.run.state);
    if (event.type === "finished") this.deps.onChat?.(state.chat);
    this.#show({ chat: state.chat, messages: state.messages, run: state.run, busy });
    if (busy) return;
    // A run that ended unseen begins with its state: what it wrote comes behind that.
    if (event.type !== "finished") return;
    // Who waited for it may ask again at once.
    this.#painted.flush();
    this.#ends.tell(this.#end());
  }

  #begin(view: SessionView): AbortSignal {
    this.#life.abort();
    this.#ends.tell("left");
    this.#life = new AbortController();
    this.#fetching = undefined;
    this.#stopAsked = false;
    this.#state = null;
    this.#now = view;
    this.#painted(view);
    this.#painted.flush();
    return this.#life.signal;
  }

  #take(state: ChatState, withMessages = true): void {
    this.#state = state;
    this.deps.onChat?.(state.chat);
    this.#show({ chat: state.chat, ...(withMessages && { messages: state.messages, run: state.run }) });
  }

  #show(changes: Partial<SessionView>): void {
    this.#now = { ...this.#now, ...changes };
    // Nobody looks any more.
    if (!this.#life.signal.aborted) this.#painted(this.#now);
  }
}
