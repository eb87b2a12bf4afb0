/** A template run: at once where all is known, else after a form that asks for what is missing. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { templateNeeds, type Template } from "@mlx-manager/shared";
import { useState } from "react";
import { useAgent } from "../../hooks/use-agent";
import { useAnswerers } from "../../hooks/use-answerers";
import type { Material } from "../../hooks/use-material";
import { missingOf, renderPrompt, type Choice, type Values } from "../../lib/prompts";
import { PromptedAnswer } from "../answer/prompted-answer";
import { ModelField, PersonaField } from "./choice-fields";

export interface TemplateRunProps {
  template: Template;
  material: Material;
  note?: string | undefined;
  /** Who answers, where the template names nobody. */
  model?: string | undefined;
  /** Whether everything is asked, also what has a default. */
  asks?: boolean;
  /** Whether another screen lies below. */
  isPushed?: boolean;
}

export function TemplateRun(props: TemplateRunProps) {
  const { template, material, note, model, asks = false, isPushed = false } = props;
  if (asks || missingOf(template, material).length > 0) return <ValuesForm {...props} />;
  const choice: Choice = model === undefined ? {} : { model };
  return (
    <PromptedAnswer
      prompt={(client) => renderPrompt(client, template, { variables: {}, ...material }, choice)}
      enter={enterOf(template)}
      note={note}
      {...(isPushed && { title: template.name })}
    />
  );
}

/** A text that takes the place of the selection is pasted, one about it is copied. */
const enterOf = ({ builtin }: Template): "copy" | "paste" =>
  ["fix", "rewrite", "translate"].includes(builtin ?? "") ? "paste" : "copy";

function ValuesForm({ template, material, note, model, isPushed = false }: TemplateRunProps) {
  const { push } = useNavigation();
  const answerers = useAnswerers();
  const personas = useAgent("personas", (client, signal) => client.listPersonas({ signal }), { topics: ["persona"] });
  const needs = templateNeeds(template.text);
  const [selection, setSelection] = useState(material.selection ?? "");
  const [clipboard, setClipboard] = useState(material.clipboard ?? "");
  const [variables, setVariables] = useState(() =>
    Object.fromEntries(template.variables.map(({ name, fallback }) => [name, fallback ?? ""])),
  );
  const [chosenModel, setModel] = useState(template.model ?? model ?? "");
  const [persona, setPersona] = useState(template.persona ?? "");
  const [isChecked, setChecked] = useState(false);

  const isEmpty = (value: string | undefined): boolean => (value ?? "").trim() === "";
  const problem = (value: string | undefined): { error?: string } =>
    isChecked && isEmpty(value) ? { error: "Needed" } : {};

  function run(): void {
    setChecked(true);
    const given = template.variables.filter(({ name }) => !isEmpty(variables[name]));
    const isMissing =
      template.variables.some(({ name, fallback }) => fallback === null && isEmpty(variables[name])) ||
      (needs.selection && isEmpty(selection)) ||
      (needs.clipboard && isEmpty(clipboard));
    if (isMissing) return;
    const values: Values = {
      variables: Object.fromEntries(given.map(({ name }) => [name, variables[name] ?? ""])),
      selection: needs.selection ? selection : null,
      clipboard: needs.clipboard ? clipboard : null,
    };
    push(
      <PromptedAnswer
        prompt={(client) => renderPrompt(client, template, values, { model: chosenModel, persona })}
        enter={enterOf(template)}
        note={note}
        title={template.name}
      />,
    );
  }

  return (
    <Form
      {...(isPushed && { navigationTitle: template.name })}
      isLoading={answerers.isLoading || personas.isLoading}
      actions={
        <ActionPanel>
          <Action.SubmitForm title="Run Template" icon={Icon.Play} onSubmit={run} />
        </ActionPanel>
      }
    >
      <Form.Description title={template.name} text={template.description ?? template.text.slice(0, 200)} />
      {template.variables.map(({ name, fallback }) => (
        <Form.TextField
          key={name}
          id={`variable:${name}`}
          title={name}
          value={variables[name] ?? ""}
          {...(fallback !== null && { placeholder: fallback })}
          {...(fallback === null && problem(variables[name]))}
          onChange={(value) => setVariables((before) => ({ ...before, [name]: value }))}
        />
      ))}
      {needs.selection && (
        <Form.TextArea
          id="selection"
          title="Selection"
          value={selection}
          {...problem(selection)}
          onChange={setSelection}
        />
      )}
      {needs.clipboard && (
        <Form.TextArea
          id="clipboard"
          title="Clipboard"
          value={clipboard}
          {...problem(clipboard)}
          onChange={setClipboard}
        />
      )}
      <Form.Separator />
      <ModelField answerers={answerers.data} value={chosenModel} onChange={setModel} />
      <PersonaField personas={personas.data} value={persona} onChange={setPersona} />
    </Form>
  );
}
