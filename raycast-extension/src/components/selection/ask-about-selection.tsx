/** Ask About Selection: a question of one's own about what is selected, or a template that works on it. */
import { Action, ActionPanel, Detail, Icon, List } from "@raycast/api";
import { templateNeeds, type Template } from "@mlx-manager/shared";
import { useState } from "react";
import { useAnswerers } from "../../hooks/use-answerers";
import { useAgent } from "../../hooks/use-agent";
import { useMaterial, type Material } from "../../hooks/use-material";
import { choice, targetsOf, valueOf } from "../../lib/chat/targets";
import { defaultModel, titleOf, type Prompt } from "../../lib/prompts";
import type { NewChat } from "../../lib/chat/session";
import { AgentList } from "../agent-list";
import { AnswerScreen } from "../answer/answer-screen";
import { ModelDropdown } from "../chat/model-dropdown";
import { codeBlock } from "../servers/look";
import { TemplateRun } from "../templates/template-run";
import { NothingSelected } from "./nothing-selected";
import { CLIPBOARD_NOTE } from "./template-command";

/** @param question what was typed as the command's argument; empty: it is asked for. */
export function AskAboutSelection({ question }: { question: string }) {
  const { material, reload } = useMaterial();
  const [usesClipboard, setUsesClipboard] = useState(false);
  if (!material) return <Detail isLoading markdown="" />;
  const text = material.selection ?? (usesClipboard ? material.clipboard : null);
  if (text === null)
    return (
      <NothingSelected
        retry={reload}
        useClipboard={material.clipboard === null ? undefined : () => setUsesClipboard(true)}
      />
    );
  const note = material.selection === null ? CLIPBOARD_NOTE : undefined;
  if (question.trim() !== "")
    return <AnswerScreen prompt={about(text, question, { model: defaultModel() })} enter="copy" note={note} />;
  return <Questions text={text} material={material} note={note} />;
}

interface QuestionsProps {
  text: string;
  material: Material;
  note: string | undefined;
}

/** The search bar is where the question is typed; templates stand below. */
function Questions({ text, material, note }: QuestionsProps) {
  const [question, setQuestion] = useState("");
  const [chosen, setChosen] = useState<NewChat>(() => ({ model: defaultModel(), profileId: null }));
  const answerers = useAnswerers();
  const templates = useAgent("templates", (client, signal) => client.listTemplates({ signal }), {
    topics: ["template"],
  });
  const typed = question.trim();
  const fitting = (templates.data ?? []).filter(
    (template) => templateNeeds(template.text).selection && template.name.toLowerCase().includes(typed.toLowerCase()),
  );
  const detail = <List.Item.Detail markdown={codeBlock(text.slice(0, 20_000))} />;
  return (
    <AgentList
      error={templates.error}
      data={templates.data}
      retry={templates.revalidate}
      isLoading={templates.isLoading}
      filtering={false}
      searchText={question}
      onSearchTextChange={setQuestion}
      searchBarPlaceholder="Ask about the selection"
      isShowingDetail
      searchBarAccessory={
        <ModelDropdown
          targets={answerers.data ? targetsOf(answerers.data) : []}
          value={valueOf(
            { model: chosen.model ?? null, profileId: chosen.profileId ?? null },
            answerers.data?.profiles ?? [],
            defaultModel(),
          )}
          onChoose={(value) => setChosen(choice(value, defaultModel()))}
        />
      }
    >
      {typed !== "" && (
        <List.Item
          id="question"
          icon={Icon.SpeechBubble}
          title={typed}
          detail={detail}
          actions={
            <ActionPanel>
              <Action.Push
                title="Ask Question"
                icon={Icon.ArrowUpCircle}
                target={
                  <AnswerScreen
                    prompt={about(text, typed, chosen)}
                    enter="copy"
                    note={note}
                    title={typed.slice(0, 60)}
                  />
                }
              />
            </ActionPanel>
          }
        />
      )}
      <List.Section title="Templates">
        {fitting.map((template) => (
          <List.Item
            key={template.id}
            id={String(template.id)}
            icon={Icon.Stars}
            title={template.name}
            detail={detail}
            actions={
              <ActionPanel>
                <Action.Push
                  title="Run Template"
                  icon={Icon.Play}
                  target={
                    <TemplateRun
                      template={template}
                      material={{ ...material, selection: text }}
                      note={note}
                      model={nameOf(template, chosen, answerers.data?.profiles ?? [])}
                      isPushed
                    />
                  }
                />
              </ActionPanel>
            }
          />
        ))}
      </List.Section>
      <List.EmptyView icon={Icon.SpeechBubble} title="Ask About the Selection" description="Type a question." />
    </AgentList>
  );
}

/** A template's own model stands over the one chosen here. */
function nameOf(
  { model }: Template,
  chosen: NewChat,
  profiles: readonly { id: number; name: string }[],
): string | undefined {
  if (model !== null) return undefined;
  return profiles.find(({ id }) => id === chosen.profileId)?.name ?? chosen.model ?? undefined;
}

/** A question about a text that is quoted in it. */
function about(text: string, question: string, chosen: NewChat): Prompt {
  return {
    question: `${question.trim()}\n\n${codeBlock(text)}`,
    fresh: { ...chosen, title: titleOf(question.trim().slice(0, 80), text) },
  };
}
