/** Voices for the models: those of MLX Manager, and own ones. */
import { Action, ActionPanel, Alert, confirmAlert, Icon, Keyboard, List } from "@raycast/api";
import type { Persona } from "@mlx-manager/shared";
import { useAgent, type UseAgent } from "../../hooks/use-agent";
import { agent } from "../../lib/agent";
import { done, failed } from "../../lib/feedback";
import { inert } from "../../lib/markdown";
import { openQuickChat } from "../../lib/quick-chat";
import { AgentList } from "../agent-list";
import { codeBlock } from "../servers/look";
import { PersonaForm } from "./persona-form";

export function Personas() {
  const { data, error, isLoading, revalidate, mutate } = useAgent(
    "personas",
    (client, signal) => client.listPersonas({ signal }),
    { topics: ["persona"] },
  );
  const sections = [
    { title: "My Personas", personas: (data ?? []).filter(({ builtin }) => !builtin) },
    { title: "Built-In", personas: (data ?? []).filter(({ builtin }) => builtin) },
  ];
  return (
    <AgentList
      navigationTitle="Manage Personas"
      error={error}
      data={data}
      retry={revalidate}
      isLoading={isLoading}
      isShowingDetail
      searchBarPlaceholder="Filter personas"
    >
      {sections.map(({ title, personas }) => (
        <List.Section key={title} title={title}>
          {personas.map((persona) => (
            <List.Item
              key={persona.id}
              id={String(persona.id)}
              icon={Icon.Person}
              title={persona.name}
              keywords={persona.description?.split(/\s+/) ?? []}
              detail={<List.Item.Detail markdown={markdownOf(persona)} />}
              actions={<PersonaActions persona={persona} mutate={mutate} />}
            />
          ))}
        </List.Section>
      ))}
    </AgentList>
  );
}

function markdownOf({ description, systemPrompt, sampling }: Persona): string {
  const settings = Object.entries(sampling).map(([name, value]) => `${name}: ${value}`);
  return [
    description && inert(description),
    codeBlock(systemPrompt),
    settings.length > 0 && `*${settings.join(" · ")}*`,
  ]
    .filter(Boolean)
    .join("\n\n");
}

function PersonaActions({ persona, mutate }: { persona: Persona; mutate: UseAgent<Persona[]>["mutate"] }) {
  const { id, name, builtin } = persona;

  async function remove(): Promise<void> {
    const sure = await confirmAlert({
      title: `Delete ${name}?`,
      message: "Chats keep its system prompt; templates that name it do without.",
      icon: Icon.Trash,
      primaryAction: { title: "Delete Persona", style: Alert.ActionStyle.Destructive },
    });
    if (!sure) return;
    try {
      await mutate((async () => agent().deletePersona({ params: { id } }))(), {
        optimisticUpdate: (personas) => personas.filter((one) => one.id !== id),
      });
      await done("Persona Deleted", name);
    } catch (error) {
      await failed("Could Not Delete the Persona", error);
    }
  }

  return (
    <ActionPanel title={name}>
      <Action
        title="Start Chat"
        icon={Icon.SpeechBubble}
        onAction={() => openQuickChat({ personaId: id, fresh: true })}
      />
      <Action.CopyToClipboard
        title="Copy System Prompt"
        content={persona.systemPrompt}
        shortcut={Keyboard.Shortcut.Common.Copy}
      />
      <ActionPanel.Section>
        <Action.Push
          title="Create Persona…"
          icon={Icon.Plus}
          shortcut={Keyboard.Shortcut.Common.New}
          target={<PersonaForm />}
        />
        {!builtin && (
          <Action.Push
            title="Edit Persona…"
            icon={Icon.Pencil}
            shortcut={Keyboard.Shortcut.Common.Edit}
            target={<PersonaForm persona={persona} />}
          />
        )}
        <Action.Push
          title="Duplicate Persona…"
          icon={Icon.Duplicate}
          shortcut={Keyboard.Shortcut.Common.Duplicate}
          target={<PersonaForm persona={persona} isCopy />}
        />
        {!builtin && (
          <Action
            title="Delete Persona"
            icon={Icon.Trash}
            style={Action.Style.Destructive}
            shortcut={Keyboard.Shortcut.Common.Remove}
            onAction={remove}
          />
        )}
      </ActionPanel.Section>
    </ActionPanel>
  );
}
