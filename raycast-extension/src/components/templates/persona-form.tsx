/** Create, change or duplicate a persona. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { personaCreate, type Persona, type SamplingDefaults } from "@mlx-manager/shared";
import { problemsOf, usePromptForm } from "../../hooks/use-prompt-form";
import { agent } from "../../lib/agent";
import { done } from "../../lib/feedback";

const NUMBERS = ["temperature", "topP", "maxTokens"] as const;
type Field = "name" | "description" | "systemPrompt" | (typeof NUMBERS)[number];

export interface PersonaFormProps {
  /** The one to change, or to begin from. */
  persona?: Persona;
  isCopy?: boolean;
}

export function PersonaForm({ persona, isCopy = false }: PersonaFormProps) {
  const { pop } = useNavigation();
  const text = (value: number | undefined): string => (value === undefined ? "" : String(value));
  // Settings that this form does not show stay as they are.
  const optionsOf = (values: Record<Field, string>) => ({
    name: values.name.trim(),
    description: values.description.trim() === "" ? null : values.description.trim(),
    systemPrompt: values.systemPrompt.trim(),
    sampling: samplingOf(persona?.sampling ?? {}, values),
  });
  const form = usePromptForm<Field>(
    {
      name: persona ? (isCopy ? `${persona.name} Copy` : persona.name) : "",
      description: persona?.description ?? "",
      systemPrompt: persona?.systemPrompt ?? "",
      temperature: text(persona?.sampling.temperature),
      topP: text(persona?.sampling.topP),
      maxTokens: text(persona?.sampling.maxTokens),
    },
    (values) => problemsOf<Field>(personaCreate, optionsOf(values)),
  );
  const isNew = !persona || isCopy;

  const save = (): Promise<void> =>
    form.submit("Could Not Save the Persona", async () => {
      const body = optionsOf(form.values);
      if (isNew) await agent().createPersona({ body });
      else await agent().updatePersona({ params: { id: persona.id }, body });
      pop();
      await done(isNew ? "Persona Created" : "Persona Saved", body.name);
    });

  return (
    <Form
      navigationTitle={isNew ? "Create Persona" : "Edit Persona"}
      actions={
        <ActionPanel>
          <Action.SubmitForm title={isNew ? "Create Persona" : "Save Persona"} icon={Icon.Checkmark} onSubmit={save} />
        </ActionPanel>
      }
    >
      <Form.TextField {...form.field("name")} title="Name" placeholder="Reviewer" />
      <Form.TextField {...form.field("description")} title="Description" placeholder="What it is good at" />
      <Form.TextArea {...form.field("systemPrompt")} title="System Prompt" placeholder="You are…" />
      <Form.Separator />
      <Form.TextField {...form.field("temperature")} title="Temperature" placeholder="The profile's" />
      <Form.TextField {...form.field("topP")} title="Top P" placeholder="The profile's" />
      <Form.TextField {...form.field("maxTokens")} title="Longest Answer, Tokens" placeholder="The profile's" />
    </Form>
  );
}

function samplingOf(before: SamplingDefaults, values: Record<Field, string>): SamplingDefaults {
  const sampling: SamplingDefaults = { ...before };
  for (const name of NUMBERS) {
    const typed = values[name].trim().replace(",", ".");
    if (typed === "") delete sampling[name];
    else sampling[name] = Number(typed);
  }
  return sampling;
}
