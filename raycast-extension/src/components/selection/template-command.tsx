/** A template of the product as a command: it works on the selection, else on the clipboard. */
import { Detail } from "@raycast/api";
import { useMaterial } from "../../hooks/use-material";
import { builtinTemplate, renderPrompt } from "../../lib/prompts";
import { PromptedAnswer } from "../answer/prompted-answer";
import { NothingSelected } from "./nothing-selected";

export interface TemplateCommandProps {
  /** Its name in the product: `explain`, `fix`, `summarize`, `rewrite`, `translate`. */
  builtin: string;
  /** What Enter does with the answer. */
  enter: "copy" | "paste";
  /** What was typed for its places; empty: its own default. */
  variables?: Record<string, string | undefined>;
}

export const CLIPBOARD_NOTE = "Nothing was selected, so this is about the text of the clipboard.";

export function TemplateCommand({ builtin, enter, variables = {} }: TemplateCommandProps) {
  const { material, reload } = useMaterial();
  if (!material) return <Detail isLoading markdown="" />;
  const text = material.selection ?? material.clipboard;
  if (text === null) return <NothingSelected retry={reload} />;
  const given = Object.entries(variables).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : []));
  return (
    <PromptedAnswer
      enter={enter}
      note={material.selection === null ? CLIPBOARD_NOTE : undefined}
      prompt={async (client) =>
        renderPrompt(client, await builtinTemplate(client, builtin), {
          variables: Object.fromEntries(given) as Record<string, string>,
          selection: text,
          clipboard: material.clipboard,
        })
      }
    />
  );
}
