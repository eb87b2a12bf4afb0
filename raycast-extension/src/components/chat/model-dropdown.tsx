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

/** A choice that is no longer there (a deleted profile) is shown as the default. */
export function ModelDropdown({ targets, value, onChoose }: ModelDropdownProps) {
  const known = targets.some((target) => target.value === value) ? value : "";
  return (
    <List.Dropdown tooltip="Who Answers" value={known} onChange={(chosen) => chosen !== known && onChoose(chosen)}>
      <List.Dropdown.Item title="Default Model" value="" icon={Icon.Stars} />
      {GROUPS.map(([group, title, icon]) => (
        <List.Dropdown.Section key={group} title={title}>
          {targets
            .filter((target) => target.group === group)
            .map((target) => (
              <List.Dropdown.Item key={target.value} title={target.title} value={target.value} icon={icon} />
            ))}
        </List.Dropdown.Section>
      ))}
    </List.Dropdown>
  );
}
