/** Who answers, in which voice, and what becomes of the chat. */
import { Action, ActionPanel, Alert, confirmAlert, Icon, Keyboard } from "@raycast/api";
import { useState } from "react";
import { useAgent } from "../../hooks/use-agent";
import { agent } from "../../lib/agent";
import { choice, targetsOf, valueOf, type Target } from "../../lib/chat/targets";
import { done, failed } from "../../lib/feedback";
import { defaultModel } from "../../lib/prompts";
import type { ChatTools } from "./chat-actions";
import { TextForm } from "./text-form";
import { forgetKept } from "./use-waiting";

const MENU_ICONS: Record<Target["group"], Icon> = {
  running: Icon.CircleFilled,
  profile: Icon.Circle,
  model: Icon.Circle,
  provider: Icon.Cloud,
};

export function ChatSettingsActions({ tools }: { tools: ChatTools }) {
  const { view, chosen } = tools;
  const { chat } = view;
  return (
    <>
      <ModelMenu tools={tools} />
      <PersonaMenu tools={tools} />
      <Action.Push
        title="Edit System Prompt…"
        icon={Icon.Terminal}
        target={
          <TextForm
            title="System Prompt"
            info="Stands over the persona's and the profile's. Leave it empty to use theirs."
            submitTitle="Save System Prompt"
            initial={(chat ?? chosen).systemPrompt ?? ""}
            multiline
            failure="Could Not Change the System Prompt"
            onSubmit={(text) => tools.change({ systemPrompt: text === "" ? null : text })}
          />
        }
      />
      {chat && (
        <>
          <Action.Push
            title="Rename Chat…"
            icon={Icon.Text}
            target={
              <TextForm
                title="Title"
                info="Leave it empty to have one made from the first exchange."
                submitTitle="Rename Chat"
                initial={chat.title}
                failure="Could Not Rename the Chat"
                onSubmit={(title) => tools.change({ title: title === "" ? null : title })}
              />
            }
          />
          <Action
            title={chat.pinned ? "Unpin Chat" : "Pin Chat"}
            icon={chat.pinned ? Icon.PinDisabled : Icon.Pin}
            shortcut={Keyboard.Shortcut.Common.Pin}
            onAction={() => tools.choose({ pinned: !chat.pinned })}
          />
          <Action
            title="Delete Chat"
            icon={Icon.Trash}
            style={Action.Style.Destructive}
            shortcut={Keyboard.Shortcut.Common.Remove}
            onAction={() => deleteChat(tools, chat.id, chat.title)}
          />
        </>
      )}
    </>
  );
}

async function deleteChat(tools: ChatTools, chatId: string, title: string): Promise<void> {
  const sure = await confirmAlert({
    title: "Delete This Chat?",
    message: `“${title}” and all its branches are deleted for good.`,
    icon: Icon.Trash,
    primaryAction: { title: "Delete Chat", style: Alert.ActionStyle.Destructive },
  });
  if (!sure) return;
  try {
    await agent().deleteChat({ params: { chatId } });
    await forgetKept(chatId);
    await tools.newChat();
    await done("Chat Deleted");
  } catch (error) {
    await failed("Could Not Delete the Chat", error);
  }
}

/** The same choice as the dropdown's, for the page, which has no search bar. */
function ModelMenu({ tools }: { tools: ChatTools }) {
  const data = tools.answerers;
  const { chat } = tools.view;
  const now = { model: (chat ?? tools.chosen).model ?? null, profileId: (chat ?? tools.chosen).profileId ?? null };
  const current = valueOf(now, data?.profiles ?? [], defaultModel());
  const targets = [{ value: "", title: "Default Model", group: "profile" as const }, ...(data ? targetsOf(data) : [])];
  return (
    <ActionPanel.Submenu title="Switch Model…" icon={Icon.ComputerChip} shortcut={{ modifiers: ["cmd"], key: "m" }}>
      {targets.map(({ value, title, group }) => (
        <Action
          key={value}
          title={title}
          icon={value === current ? Icon.Checkmark : MENU_ICONS[group]}
          onAction={() => tools.choose(choice(value, defaultModel()))}
        />
      ))}
    </ActionPanel.Submenu>
  );
}

function PersonaMenu({ tools }: { tools: ChatTools }) {
  const [open, setOpen] = useState(false);
  const { data } = useAgent("personas", (client, signal) => client.listPersonas({ signal }), { execute: open });
  const current = (tools.view.chat ?? tools.chosen).personaId ?? null;
  const choices = [{ id: null, name: "No Persona" }, ...(data ?? [])];
  return (
    <ActionPanel.Submenu title="Set Persona…" icon={Icon.Person} onOpen={() => setOpen(true)}>
      {choices.map(({ id, name }) => (
        <Action
          key={id ?? "none"}
          title={name}
          icon={id === current ? Icon.Checkmark : Icon.Person}
          onAction={() => tools.choose({ personaId: id })}
        />
      ))}
    </ActionPanel.Submenu>
  );
}
