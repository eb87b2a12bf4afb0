/** The fields for who answers, and in which voice. By name, so that a template holds on another machine. */
import { Form, Icon } from "@raycast/api";
import type { Persona } from "@mlx-manager/shared";
import { targetsOf, type Answerers } from "../../lib/chat/targets";

interface ChoiceProps {
  value: string;
  onChange: (value: string) => void;
}

export function ModelField({ answerers, ...field }: ChoiceProps & { answerers: Answerers | undefined }) {
  const names = answerers ? targetsOf(answerers).map(({ title }) => title) : [];
  return (
    <Form.Dropdown id="model" title="Model" {...field}>
      <Form.Dropdown.Item value="" title="Default Model" icon={Icon.Stars} />
      {withChosen(names, field.value).map((name) => (
        <Form.Dropdown.Item key={name} value={name} title={name} icon={Icon.ComputerChip} />
      ))}
    </Form.Dropdown>
  );
}

export function PersonaField({ personas, ...field }: ChoiceProps & { personas: readonly Persona[] | undefined }) {
  const names = (personas ?? []).map(({ name }) => name);
  return (
    <Form.Dropdown id="persona" title="Persona" {...field}>
      <Form.Dropdown.Item value="" title="None" icon={Icon.Circle} />
      {withChosen(names, field.value).map((name) => (
        <Form.Dropdown.Item key={name} value={name} title={name} icon={Icon.Person} />
      ))}
    </Form.Dropdown>
  );
}

/** What is chosen stays in the choice, also where it is an alias or gone. */
const withChosen = (names: readonly string[], chosen: string): string[] => [
  ...new Set([...names, ...(chosen === "" ? [] : [chosen])]),
];
