/** Manage Models: what is on this Mac, what it takes, and what can go. */
import { Action, ActionPanel, Alert, confirmAlert, Icon, Keyboard, List } from "@raycast/api";
import { useCachedState } from "@raycast/utils";
import { useEffect, useState } from "react";
import { AgentError } from "@mlx-manager/shared";
import { useBringUp } from "../../hooks/use-bring-up";
import { useHere } from "../../hooks/use-here";
import { useModelFacts } from "../../hooks/use-model-facts";
import { agent } from "../../lib/agent";
import { done, failed } from "../../lib/feedback";
import { bytes } from "../../lib/format";
import {
  isFolder,
  ownerOf,
  profilesOf,
  rowOfLocal,
  shortName,
  stateOf,
  type Here,
  type ModelRow,
} from "../../lib/models";
import { AgentList } from "../agent-list";
import { Problem } from "../problem";
import { openCommand } from "./download-actions";
import { badgesOf, iconOf, localAccessories, stateAccessory } from "./looks";
import { ModelActions } from "./model-actions";
import { ModelDetail } from "./model-detail";

const SORTS = { used: "Last Used", size: "Size", name: "Name" } as const;
type Sort = keyof typeof SORTS;

export function ManageModels() {
  const [sort, setSort] = useCachedState<string>("manage-models.sort", "used");
  const [isShowingDetail, setShowingDetail] = useCachedState("models.detail", false);
  const [selected, setSelected] = useState<string | null>(null);
  const { data: here, error, isLoading, revalidate, mutate } = useHere();
  const use = useBringUp();
  const facts = useModelFacts(isShowingDetail && selected ? selected : undefined);
  const models = here?.models ?? [];
  // That there is none is believed when it was asked, and then stays while it is asked again.
  const [wasSettled, setSettled] = useState(false);
  const isSettled = wasSettled || !isLoading;
  useEffect(() => {
    if (!isLoading) setSettled(true);
  }, [isLoading]);
  const sections = sectionsOf(here, sort as Sort);
  const refresh = (): void => void revalidate();

  return (
    <AgentList
      error={error}
      data={here}
      retry={revalidate}
      isLoading={isLoading}
      isShowingDetail={isShowingDetail && models.length > 0}
      onSelectionChange={setSelected}
      searchBarPlaceholder="Filter models"
      searchBarAccessory={
        <List.Dropdown tooltip="Sort By" value={sort} onChange={setSort}>
          {Object.entries(SORTS).map(([value, title]) => (
            <List.Dropdown.Item key={value} value={value} title={title} />
          ))}
        </List.Dropdown>
      }
    >
      {sections.map(({ title, rows }) => (
        <List.Section key={title} title={title} subtitle={shareOf(rows, models)}>
          {rows.map((row) => {
            const state = stateOf(row, here);
            const words = stateAccessory(state);
            const profiles = profilesOf(row, here).map((profile) => profile.name);
            const isSelected = selected === row.modelId;
            return (
              <List.Item
                key={row.modelId}
                id={row.modelId}
                title={shortName(row.modelId)}
                subtitle={isShowingDetail ? "" : ownerOf(row.modelId)}
                keywords={[row.modelId, ownerOf(row.modelId), ...badgesOf(row).map((badge) => badge.text), ...profiles]}
                icon={iconOf(row, state)}
                accessories={isShowingDetail ? (words ? [words] : []) : localAccessories(row, state, profiles)}
                detail={
                  isShowingDetail && (
                    <ModelDetail
                      row={row}
                      here={here}
                      facts={isSelected ? facts.data : undefined}
                      isLoading={isSelected && facts.isLoading}
                      error={isSelected ? facts.error : undefined}
                    />
                  )
                }
                actions={
                  <ModelActions
                    row={row}
                    state={state}
                    use={use}
                    mutate={mutate}
                    isShowingDetail={isShowingDetail}
                    toggleDetail={() => setShowingDetail((was) => !was)}
                    refresh={refresh}
                  >
                    {!isFolder(row.modelId) && (
                      <ActionPanel.Section>
                        <Action
                          title="Delete Model…"
                          icon={Icon.Trash}
                          style={Action.Style.Destructive}
                          shortcut={Keyboard.Shortcut.Common.Remove}
                          onAction={() => deleteModel(row, here, profiles, mutate)}
                        />
                      </ActionPanel.Section>
                    )}
                    <ActionPanel.Section>
                      <Action
                        title="Search Models"
                        icon={Icon.MagnifyingGlass}
                        shortcut={{ modifiers: ["cmd"], key: "f" }}
                        onAction={() => openCommand("search-models", "Search Models")}
                      />
                    </ActionPanel.Section>
                  </ModelActions>
                }
              />
            );
          })}
        </List.Section>
      ))}
      {here && isSettled && models.length === 0 && (
        <Problem error={new AgentError("NO_MODEL", { path: "chats" })} retry={revalidate} />
      )}
    </AgentList>
  );
}

/** What runs, what is whole, the owner's own folders, and what is not finished. */
function sectionsOf(here: Here | undefined, sort: Sort): { title: string; rows: ModelRow[] }[] {
  const rows = (here?.models ?? []).map(rowOfLocal).sort(ORDERS[sort] ?? ORDERS.used);
  const sections = { "In Memory": [], Downloaded: [], "In Your Folders": [], "Not Complete": [] } as Record<
    string,
    ModelRow[]
  >;
  for (const row of rows) {
    const place = !row.local?.complete ? "Not Complete" : isFolder(row.modelId) ? "In Your Folders" : "Downloaded";
    sections[stateOf(row, here).kind === "running" ? "In Memory" : place]?.push(row);
  }
  return Object.entries(sections).flatMap(([title, some]) => (some.length > 0 ? [{ title, rows: some }] : []));
}

/** `2.91 MB of 12.4 MB`: what a section takes, of what all models take. */
function shareOf(rows: readonly ModelRow[], models: Here["models"]): string {
  const own = rows.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0);
  const total = models.reduce((sum, model) => sum + model.sizeBytes, 0);
  return rows.length === models.length ? bytes(total) : `${bytes(own)} of ${bytes(total)}`;
}

const byName = (a: ModelRow, b: ModelRow): number => shortName(a.modelId).localeCompare(shortName(b.modelId));
const ORDERS: Record<Sort, (a: ModelRow, b: ModelRow) => number> = {
  // Never used ones last.
  used: (a, b) => (b.local?.lastUsedAt ?? "").localeCompare(a.local?.lastUsedAt ?? "") || byName(a, b),
  size: (a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) || byName(a, b),
  name: byName,
};

async function deleteModel(
  row: ModelRow,
  here: Here | undefined,
  profiles: readonly string[],
  mutate: ReturnType<typeof useHere>["mutate"],
): Promise<void> {
  const { modelId } = row;
  const name = shortName(modelId);
  const freed = bytes(row.sizeBytes ?? 0);
  const left =
    profiles.length === 0
      ? ""
      : ` ${profiles.join(", ")} will not start without it; ${profiles.length === 1 ? "the profile is" : "the profiles are"} kept.`;
  const isWanted = await confirmAlert({
    title: `Delete ${name}?`,
    message: `${modelId} is deleted from this Mac, also for other programs that use Hugging Face's cache. ${freed} become free.${left}`,
    icon: Icon.Trash,
    primaryAction: { title: "Delete", style: Alert.ActionStyle.Destructive },
  });
  if (!isWanted) return;
  // What is in use is refused: its row stays until the agent has said so.
  const { kind } = stateOf(row, here);
  const isCertain = kind !== "running" && kind !== "downloading";
  const without = (data: Here): Here => ({ ...data, models: data.models.filter((model) => model.modelId !== modelId) });
  try {
    const work = (async () => agent().deleteModel({ params: { modelId } }))();
    await mutate(work, isCertain ? { optimisticUpdate: without } : {});
    await done(`Deleted ${name}`, `${freed} are free again`);
  } catch (error) {
    await failed(`Could Not Delete ${name}`, error);
  }
}
