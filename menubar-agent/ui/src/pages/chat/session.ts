/** One chat on the screen: what is asked, and the answer as the agent writes it down. Knows no React. */
import {
  AgentError,
  applyRunEvent,
  chatState,
  FINAL_RUN_STATES,
  isAbort,
  type AgentEvent,
  type Chat,
  type ChatCreate,
  type ChatMessage,
  type ChatState,
  type ChatUpdate,
  type Client,
  type InputPart,
  type Run,
  type RunCreate,
} from '@mlx-manager/shared';
import { toAgentError } from '../../lib/api.js';
import { provisional } from './provisional.js';

export interface SessionView {
  /** Null for a chat that has not begun: it is made by the first question. */
  readonly chat: Chat | null;
  readonly messages: readonly ChatMessage[];
  readonly run: Run | null;
  /** An answer is being written. */
  readonly busy: boolean;
  readonly loading: boolean;
  /** Why the chat could not be fetched, or why watching its answer was given up. */
  readonly error: AgentError | null;
  /** It was deleted while it was shown. */
  readonly gone: boolean;
}

export type NewChat = Partial<Pick<ChatCreate, 'model' | 'profileId' | 'personaId' | 'systemPrompt' | 'sampling' | 'tools'>>;
export type AnswerOptions = Pick<RunCreate, 'thinking'>;
type SessionClient = Pick<Client, 'getChat' | 'createChat' | 'deleteChat' | 'updateChat' | 'createRun' | 'watchRun' | 'stopRun'>;

export interface SessionDeps {
  readonly client: SessionClient;
  /** Told of the chat that the first question made. */
  readonly onMade: (chat: Chat) => void;
  /** Streams are painted at most every so many milliseconds. */
  readonly paintMs?: number;
  /** Pauses between tries to watch an answer again, milliseconds. */
  readonly pausesMs?: readonly number[];
}

export const EMPTY: SessionView = { chat: null, messages: [], run: null, busy: false, loading: false, error: null, gone: false };
const PAINT_MS = 33;
const PAUSES_MS = [100, 250, 500, 1000, 2000, 4000, 8000];
/** What may be over in a moment: the connection broke, or the agent is being started again. */
const PASSING = new Set(['STREAM_BROKEN', 'AGENT_NOT_RUNNING', 'AGENT_UNREACHABLE', 'SHUTTING_DOWN']);
/** Whether it is over once the agent answers this browser again. */
export const isPassing = (error: AgentError | null): boolean => error !== null && (PASSING.has(error.code) || error.status === 401);

const inProgress = ({ run, chat }: SessionView): AgentError =>
  new AgentError('RUN_IN_PROGRESS', { runId: run?.id ?? chat?.activeRunId ?? '' }, { action: 'Wait for its end, or stop it.' });

export class ChatSession {
  #view = EMPTY;
  /** The newest state; the view is what was painted of it. */
  #now = EMPTY;
  #state: ChatState | null = null;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of what is on the screen: another chat, or leaving the page, aborts it. The run goes on in the agent. */
  #life = new AbortController();
  #fetching: Promise<void> = Promise.resolve();
  #watched: string | null = null;
  /** Between pressing Send and knowing the run. */
  #asking = false;
  #stopAsked = false;

  constructor(private readonly deps: SessionDeps) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): SessionView => this.#view;

  /** Shows a chat, or an empty one, and goes on watching its answer. The same again is fetched anew, and stays on the screen meanwhile. */
  async open(chatId: string | null): Promise<void> {
    const same = chatId !== null && this.#now.chat?.id === chatId;
    const life = this.#begin(same ? { ...this.#now, error: null } : { ...EMPTY, loading: chatId !== null });
    if (chatId === null) return;
    this.#fetching = this.#fetch(chatId, life);
    await this.#fetching;
  }

  /** Leaves the screen. The answer goes on in the agent. */
  close(): void {
    this.#life.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #fetch(chatId: string, life: AbortSignal): Promise<void> {
    try {
      const detail = await this.deps.client.getChat({ params: { chatId }, signal: life });
      if (life.aborted) return;
      this.#state = chatState(detail);
      this.#show({ chat: detail.chat, messages: detail.messages, loading: false, busy: false });
      if (detail.chat.activeRunId !== null) void this.#watch(detail.chat.activeRunId, life);
    } catch (error) {
      if (!life.aborted) this.#show({ loading: false, busy: false, error: toAgentError(error) });
    }
  }

  /**
   * Asks. The question reaches the agent also when the page is left at once.
   * @param fresh how the chat is made, where it is the first question.
   * @throws AgentError when the agent does not take the question; nothing is kept of it then.
   */
  async send(parts: InputPart[], fresh: NewChat = {}, options: AnswerOptions = {}): Promise<void> {
    await this.#fetching;
    const life = this.#life.signal;
    const before = this.#now;
    // Told, not swallowed: what was written stays with whoever wrote it.
    if (before.busy) throw inProgress(before);
    // The question is on the screen before the agent knows of it.
    this.#show({ messages: [...before.messages, provisional(before, parts)], busy: true, error: null });
    this.#paint();
    let made: Chat | null = null;
    this.#asking = true;
    try {
      if (before.chat === null) made = await this.deps.client.createChat({ body: fresh });
      const chat = made ?? before.chat;
      if (chat === null) return;
      if (made !== null && !life.aborted) this.#state = chatState({ chat: made, messages: [] });
      const run = await this.deps.client.createRun({ params: { chatId: chat.id }, body: { kind: 'send', parts, ...options } });
      if (life.aborted) return;
      if (made !== null) {
        this.#show({ chat: made });
        // On the screen before its address is: it is not fetched anew.
        this.#paint();
        this.deps.onMade(made);
      }
      this.#begun(run, life);
    } catch (error) {
      if (made !== null) await this.#unmake(made);
      if (life.aborted) throw error;
      if (made !== null) this.#state = null;
      this.#show({ messages: before.messages, chat: before.chat, busy: false, run: before.run });
      this.#paint();
      throw error;
    } finally {
      this.#asking = false;
    }
  }

  /** A chat whose first question was not taken is not kept: nobody wants to find an empty one. */
  async #unmake({ id }: Chat): Promise<void> {
    await this.deps.client.deleteChat({ params: { chatId: id } }).catch(() => undefined); // the agent went away, which is what the person is told anyway
  }

  /** Another wording, another answer, or more of one that ended early. What was there stays as a branch. @throws AgentError as `send`. */
  async again(body: Exclude<RunCreate, { kind: 'send' }>): Promise<void> {
    const life = this.#life.signal;
    const { chat, busy } = this.#now;
    if (chat === null) return;
    if (busy) throw inProgress(this.#now);
    this.#show({ busy: true, error: null });
    this.#paint();
    this.#asking = true;
    try {
      const run = await this.deps.client.createRun({ params: { chatId: chat.id }, body });
      if (!life.aborted) this.#begun(run, life);
    } catch (error) {
      if (!life.aborted) this.#show({ busy: false });
      throw error;
    } finally {
      this.#asking = false;
    }
  }

  #begun(run: Run, life: AbortSignal): void {
    this.#show({ run });
    if (this.#stopAsked) void this.stop().catch((error: unknown) => this.#show({ error: toAgentError(error) }));
    this.#stopAsked = false;
    void this.#watch(run.id, life);
  }

  /** Ends the answer; what was written stays. @throws AgentError. */
  async stop(): Promise<void> {
    const { run, busy } = this.#now;
    if (run !== null && !FINAL_RUN_STATES.has(run.state)) await this.deps.client.stopRun({ params: { runId: run.id } });
    else this.#stopAsked = busy;
  }

  /** Changes the chat, or shows another branch of it. @throws AgentError. */
  async update(body: Partial<ChatUpdate>): Promise<void> {
    const life = this.#life.signal;
    const { chat } = this.#now;
    if (chat === null) return;
    const detail = await this.deps.client.updateChat({ params: { chatId: chat.id }, body });
    if (life.aborted) return;
    if (this.#now.busy) this.#chatIs(detail.chat);
    else {
      this.#state = chatState(detail);
      this.#show({ chat: detail.chat, messages: detail.messages });
    }
    // Somebody pressed something: its outcome is seen at once.
    this.#paint();
  }

  /** What the agent announces: another window may have asked something, or renamed the chat. */
  hear(event: AgentEvent): void {
    const { chat, busy } = this.#now;
    if (chat === null) return;
    if (event.type === 'chat.removed' && event.data.id === chat.id) {
      this.#begin({ ...EMPTY, gone: true });
      return;
    }
    if (event.type !== 'chat.updated' || event.data.id !== chat.id || this.#asking) return;
    const { activeRunId, headId } = event.data;
    if (busy) {
      if (activeRunId !== null) this.#chatIs(event.data);
      return;
    }
    // What ended a moment ago may be announced late.
    if (activeRunId !== null && activeRunId !== this.#watched) void this.#watch(activeRunId, this.#life.signal);
    else if (headId !== chat.headId) void this.open(chat.id);
    else this.#chatIs(event.data);
  }

  #chatIs(chat: Chat): void {
    if (this.#state) this.#state = { ...this.#state, chat };
    this.#show({ chat });
  }

  /** Follows a run to its end, over broken connections and restarts of the agent. */
  async #watch(runId: string, life: AbortSignal): Promise<void> {
    this.#watched = runId;
    this.#show({ busy: true });
    let lastEventId: string | undefined;
    const left = (): boolean => life.aborted;
    for (let tries = 0; !left();) {
      try {
        for await (const event of this.deps.client.watchRun({ runId, ...(lastEventId && { lastEventId }), signal: life })) {
          if (left()) return;
          tries = 0;
          lastEventId = event.id || lastEventId;
          this.#state &&= applyRunEvent(this.#state, event);
          if (!this.#state) continue;
          const { chat, messages, run } = this.#state;
          this.#show({ chat, messages, run, ...(event.type === 'finished' && { busy: false }) });
        }
        this.#paint();
        return;
      } catch (error) {
        if (left() || isAbort(error)) return;
        const problem = toAgentError(error);
        const pauseMs = (this.deps.pausesMs ?? PAUSES_MS)[tries++];
        if (pauseMs === undefined || !PASSING.has(problem.code)) {
          this.#show({ busy: false, error: problem });
          return;
        }
        await new Promise((wake) => setTimeout(wake, pauseMs));
      }
    }
  }

  #begin(view: SessionView): AbortSignal {
    this.#life.abort();
    this.#life = new AbortController();
    if (view.chat === null) this.#state = null;
    this.#watched = null;
    this.#stopAsked = false;
    this.#fetching = Promise.resolve();
    this.#now = view;
    this.#paint();
    return this.#life.signal;
  }

  #show(changes: Partial<SessionView>): void {
    this.#now = { ...this.#now, ...changes };
    this.#timer ??= setTimeout(() => this.#paint(), this.deps.paintMs ?? PAINT_MS);
  }

  #paint(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#view = this.#now;
    for (const listener of [...this.#listeners]) listener();
  }
}
