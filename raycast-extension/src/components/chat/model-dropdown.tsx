/** Who answers, in the corner of the search bar. */
import { Icon, List } from "@raycast/api";
import type { Target } from "../../lib/chat/targets";

const GROUPS = [
  ["running", "Running", Icon.CircleFilled],
  ["profile", "Profiles", Icon.Circle],
  ["model", "On This Mac", Icon.Download],
] as const;

export interface ModelDropdownProps {
  targets: readonly Target[];
  value: string;
  onChoose: (value: string) => void;
}

/** A profile that is no longer there is shown as the default; a name that is not here may still be answered, by a routing rule. */
export function ModelDropdown({ targets, value, onChoose }: ModelDropdownProps) {
  const isOffered = targets.some((target) => target.value === value);
  const other = !isOffered && value.startsWith("model:") ? value.slice("model:".length) : null;
  const known = isOffered || other !== null ? value : "";
  const providers = [...new Set(targets.flatMap(({ provider }) => provider ?? []))];
  return (
    <List.Dropdown tooltip="Who Answers" value={known} onChange={(chosen) => chosen !== known && onChoose(chosen)}>
      <List.Dropdown.Item title="Default Model" value="" icon={Icon.Stars} />
      {other !== null && <List.Dropdown.Item title={other} value={value} icon={Icon.QuestionMark} />}
      {GROUPS.map(([group, title, icon]) => (
        <List.Dropdown.Section key={group} title={title}>
          {targets
            .filter((target) => target.group === group)
            .map((target) => (
              <List.Dropdown.Item key={target.value} title={target.title} value={target.value} icon={icon} />
            ))}
        </List.Dropdown.Section>
      ))}
      {providers.map((provider) => (
        <List.Dropdown.Section key={`provider ${provider}`} title={provider}>
          {targets
            .filter((target) => target.provider === provider)
            .map((target) => (
              <List.Dropdown.Item key={target.value} title={target.title} value={target.value} icon={Icon.Cloud} />
            ))}
        </List.Dropdown.Section>
      ))}
    </List.Dropdown>
  );
}
