/** Create, change or duplicate a template. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { templateCreate, templateNeeds, templateVariables, type Template } from "@mlx-manager/shared";
import { useAgent } from "../../hooks/use-agent";
import { useAnswerers } from "../../hooks/use-answerers";
import { problemsOf, usePromptForm } from "../../hooks/use-prompt-form";
import { agent } from "../../lib/agent";
import { done } from "../../lib/feedback";
import { ModelField, PersonaField } from "./choice-fields";

type Field = "name" | "description" | "text" | "model" | "persona";

export interface TemplateFormProps {
  /** The one to change, or to begin from. */
  template?: Template;
  isCopy?: boolean;
}

export function TemplateForm({ template, isCopy = false }: TemplateFormProps) {
  const { pop } = useNavigation();
  const answerers = useAnswerers();
  const personas = useAgent("personas", (client, signal) => client.listPersonas({ signal }), { topics: ["persona"] });
  const form = usePromptForm<Field>(
    {
      name: template ? (isCopy ? `${template.name} Copy` : template.name) : "",
      description: template?.description ?? "",
      text: template?.text ?? "",
      model: template?.model ?? "",
      persona: template?.persona ?? "",
    },
    (values) => problemsOf<Field>(templateCreate, optionsOf(values)),
  );
  const isNew = !template || isCopy;
  const model = form.field("model");
  const persona = form.field("persona");

  const save = (): Promise<void> =>
    form.submit("Could Not Save the Template", async () => {
      const body = optionsOf(form.values);
      if (isNew) await agent().createTemplate({ body });
      else await agent().updateTemplate({ params: { id: template.id }, body });
      pop();
      await done(isNew ? "Template Created" : "Template Saved", body.name);
    });

  return (
    <Form
      navigationTitle={isNew ? "Create Template" : "Edit Template"}
      actions={
        <ActionPanel>
          <Action.SubmitForm
            title={isNew ? "Create Template" : "Save Template"}
            icon={Icon.Checkmark}
            onSubmit={save}
          />
        </ActionPanel>
      }
    >
      <Form.TextField {...form.field("name")} title="Name" placeholder="Commit Message" />
      <Form.TextField {...form.field("description")} title="Description" placeholder="What it is for" />
      <Form.TextArea
        {...form.field("text")}
        title="Text"
        placeholder={"Write a commit message in {style:one line} for:\n{selection}"}
        info="{name} is asked for, {name:text} has a default, {selection} and {clipboard} are filled in. {{name}} reads {name}."
      />
      <Form.Description title="Places" text={placesText(form.values.text)} />
      <Form.Separator />
      <ModelField answerers={answerers.data} value={model.value} onChange={model.onChange} />
      <PersonaField personas={personas.data} value={persona.value} onChange={persona.onChange} />
    </Form>
  );
}

const textOrNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

const optionsOf = (values: Record<Field, string>) => ({
  name: values.name.trim(),
  description: textOrNull(values.description),
  text: values.text.trim() === "" ? "" : values.text,
  model: textOrNull(values.model),
  persona: textOrNull(values.persona),
});

/** What the text asks for, as it is typed: a place that is misspelled, or taken for code, is seen at once. */
export function placesText(text: string): string {
  const { selection, clipboard } = templateNeeds(text);
  const places = [
    ...(selection ? ["the selection"] : []),
    ...(clipboard ? ["the clipboard"] : []),
    ...templateVariables(text).map(({ name, fallback }) => (fallback === null ? name : `${name} (${fallback})`)),
  ];
  return places.length === 0 ? "None: the text is sent as it is." : places.join(", ");
}
