/** Quick Chat: the search bar is the line one writes in, each question with its answer is a row. */
import { Icon, List } from "@raycast/api";
import { AgentError, textOf, type InputPart } from "@mlx-manager/shared";
import { useEffect, useRef, useState } from "react";
import { lastChat, noteLastChat, useChat, useNow } from "../../hooks/use-chat";
import { useAnswerers } from "../../hooks/use-answerers";
import { failed } from "../../lib/feedback";
import { turnMarkdown, turnsOf } from "../../lib/chat/words";
import { untilAccepted } from "../../lib/chat/milestones";
import { choice, defaultFor, isNobodyThere, targetsOf, valueOf } from "../../lib/chat/targets";
import { mayAskProvider } from "../../lib/chat/routed";
import { PROVISIONAL } from "../../lib/chat/provisional";
import type { NewChat } from "../../lib/chat/session";
import { preferences } from "../../lib/preferences";
import { defaultModel } from "../../lib/prompts";
import { isAway } from "../../lib/problems";
import { Problem } from "../problem";
import { ChatActions, type ChatTools } from "./chat-actions";
import { ModelDropdown } from "./model-dropdown";
import { ChatPage } from "./chat-page";
import { TurnItem } from "./turn-item";
import type { ChatContext } from "./types";
import { takeKept, useWaiting } from "./use-waiting";
import { WaitingItem } from "./waiting-item";

export function ChatScreen(props: ChatContext) {
  const { session, view } = useChat(true);
  const house = useAnswerers();
  const [text, setText] = useState(props.send ? "" : (props.text ?? ""));
  const [thinking, setThinking] = useState(false);
  const [page, setPage] = useState(() => preferences().streamingView === "detail");
  const [chosen, setChosen] = useState<NewChat>(() => firstChoice(props));
  const [opening, setOpening] = useState(true);
  const now = useNow(view.busy);
  const begun = useRef(false);

  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void begin();
  }, []);

  /** Opens what is to be shown; asks at once where a question was handed over. */
  async function begin(): Promise<void> {
    const { chatId, profileId, model, personaId, send, text: question, fresh } = props;
    // Who names someone to talk to means a new chat.
    const anew = fresh || send || profileId !== undefined || model !== undefined || personaId !== undefined;
    const known = chatId ?? (anew ? null : await lastChat());
    if (known !== null) {
      const kept = await takeKept(known);
      if (kept !== null) giveBack(kept);
      await session.open(known);
    }
    setOpening(false);
    if (send && question) await tools.send(question);
  }

  /** To the search bar, before what is typed there. */
  function giveBack(said: string): void {
    setText((typed) => (typed.trim() === "" ? said : `${said} ${typed}`));
  }
  const waiting = useWaiting(session, {
    chatId: view.chat?.id ?? null,
    send: (said) => tools.send(said),
    giveBack,
  });
  const ask = (parts: InputPart[], accepted?: () => void): Promise<void> =>
    session.send(parts, chosen, defaultFor(session.snapshot().chat, defaultModel()), accepted);
  const change: ChatTools["change"] = async (changes) => {
    await session.update(changes);
    setChosen((before) => ({ ...before, ...choiceOf(changes) }));
  };

  const turns = turnsOf(view.messages);
  // What was asked last is what one looks at.
  const newest = turns.at(-1);
  const profiles = house.data?.profiles ?? [];
  const tools: ChatTools = {
    session,
    view,
    turns,
    text,
    thinking,
    page,
    answerers: house.data,
    chosen,
    waiting: waiting.text,
    send: async (question) => {
      const said = question.trim();
      if (said === "") return;
      const { busy, messages } = session.snapshot();
      const last = messages.at(-1);
      // Enter was pressed twice.
      if (busy && last?.id === PROVISIONAL && textOf(last) === said) return;
      // What waited is sent by itself: what is typed meanwhile stays.
      setText((typed) => (typed.trim() === said ? "" : typed));
      if (busy) return waiting.add(said);
      try {
        await ask([{ type: "text", text: said }]);
      } catch (error) {
        // An answer was being written in the chat that was just opened.
        const isWritten = error instanceof AgentError && error.code === "RUN_IN_PROGRESS" && session.snapshot().busy;
        if (isWritten) return waiting.add(said);
        // What was typed is not lost.
        giveBack(said);
        await failed("Could Not Ask", error);
      }
    },
    ask: (parts) =>
      untilAccepted((accepted) =>
        ask(parts, () => {
          // It was taken over into the form.
          setText("");
          accepted();
        }),
      ),
    edit: (messageId, parts) =>
      untilAccepted((accepted) =>
        session.edit(messageId, parts, defaultFor(session.snapshot().chat, defaultModel()), accepted),
      ),
    takeBack: waiting.takeBack,
    newChat: async () => {
      session.clear();
      setChosen(({ profileId, model }) => ({ profileId: profileId ?? null, model: model ?? null }));
      setText("");
      await noteLastChat(null);
    },
    change,
    choose: async (changes) => {
      try {
        await change(changes);
      } catch (error) {
        await failed("Could Not Change the Chat", error);
      }
    },
    toggleThinking: () => setThinking((shown) => !shown),
    togglePage: () => setPage((shown) => !shown),
  };

  const gone = view.error instanceof AgentError && view.error.code === "CHAT_NOT_FOUND";
  useEffect(() => {
    // Deleted elsewhere: nothing to come back to.
    if (!gone) return;
    session.clear();
    void noteLastChat(null);
  }, [gone]);

  // The answer goes on in the agent; it is looked at again as soon as the agent is back.
  const away = isAway(house.error);
  const lost = view.messages.length > 0 && !gone ? view.error : undefined;
  const wasAway = useRef(false);
  useEffect(() => {
    if (lost) void failed("Lost Sight of the Answer", lost);
  }, [lost]);
  useEffect(() => {
    if (!away && wasAway.current && lost && view.chat) void session.open(view.chat.id);
    wasAway.current = away;
  }, [away, lost]);

  const nobody = house.data !== undefined && isNobodyThere(house.data);
  // A chat that has begun can be read also where nobody is left to go on with it.
  const error =
    view.messages.length === 0 ? (view.error ?? house.error ?? (nobody ? noModel() : undefined)) : undefined;
  const source =
    house.data && mayAskProvider(house.data)
      ? "Answers come from a model on your own machine, or from a provider where your routing rules say so."
      : "Answers come from a model on your own machine.";
  const dropdown = (
    <ModelDropdown
      targets={house.data ? targetsOf(house.data) : []}
      value={valueOf(shownChoice(view.chat, chosen), profiles, defaultModel())}
      onChoose={(value) => void tools.choose(choice(value, defaultModel()))}
    />
  );
  if (page && view.messages.length > 0)
    return <ChatPage tools={tools} now={now} isLoading={view.busy || view.isLoading} />;
  if (error && !gone)
    return (
      <List filtering={false} searchText={text} onSearchTextChange={setText} searchBarPlaceholder="Ask anything">
        <Problem error={error} retry={() => Promise.all([house.revalidate(), retryChat()])} />
      </List>
    );
  return (
    <List
      filtering={false}
      isLoading={opening || view.isLoading || view.busy || (house.isLoading && !house.data)}
      isShowingDetail={turns.length > 0}
      {...(newest && { selectedItemId: newest.id })}
      searchText={text}
      onSearchTextChange={setText}
      searchBarPlaceholder={turns.length > 0 ? "Ask a follow-up" : "Ask anything"}
      searchBarAccessory={dropdown}
    >
      {waiting.text !== null && <WaitingItem text={waiting.text} tools={tools} />}
      {turns.toReversed().map((turn, i) => (
        <TurnItem
          key={turn.id}
          turn={turn}
          number={turns.length - i}
          markdown={turnMarkdown(turn, { thinking, now })}
          tools={tools}
        />
      ))}
      {!opening && !view.isLoading && (
        <List.EmptyView
          icon={Icon.SpeechBubble}
          title={text.trim() === "" ? "Ask Anything" : "Press Enter to Ask"}
          description={`${source} Closing the window does not stop them.`}
          actions={<ChatActions tools={tools} turn={null} />}
        />
      )}
    </List>
  );

  async function retryChat(): Promise<void> {
    const id = view.chat?.id ?? props.chatId ?? (await lastChat());
    if (id !== null) await session.open(id);
  }
}

/** Who answers a new chat: what was handed over, else the preference. */
function firstChoice({ profileId, model, personaId }: ChatContext): NewChat {
  const persona = personaId === undefined ? {} : { personaId };
  if (profileId !== undefined) return { profileId, model: null, ...persona };
  return { profileId: null, model: model ?? defaultModel(), ...persona };
}

const shownChoice = (chat: Pick<NewChat, "model" | "profileId"> | null, chosen: NewChat) => ({
  model: (chat ?? chosen).model ?? null,
  profileId: (chat ?? chosen).profileId ?? null,
});

/** Of what was changed, what another chat shall have too; not its title. */
const choiceOf = ({ profileId, model, personaId, systemPrompt }: NewChat): NewChat => ({
  ...(profileId !== undefined && { profileId }),
  ...(model !== undefined && { model }),
  ...(personaId !== undefined && { personaId }),
  ...(systemPrompt !== undefined && { systemPrompt }),
});

const noModel = (): AgentError => new AgentError("NO_MODEL", { path: "/v1/chat/completions" });
