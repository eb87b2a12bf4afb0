/** Search Models: the hub as one types, with what is on this Mac beside it. */
import { Action, ActionPanel, Icon, List } from "@raycast/api";
import { useCachedState } from "@raycast/utils";
import { useEffect, useRef, useState } from "react";
import { useAgent } from "../../hooks/use-agent";
import { useBringUp } from "../../hooks/use-bring-up";
import { useHere } from "../../hooks/use-here";
import { useModelFacts } from "../../hooks/use-model-facts";
import { useModelSearch } from "../../hooks/use-model-search";
import { DEFAULT_FILTER, FILTER_SECTIONS, filterOf } from "../../lib/model-filters";
import {
  matches,
  ownerOf,
  recommendedOf,
  rowOfHub,
  rowOfLocal,
  shortName,
  stateOf,
  type Here,
  type ModelRow,
} from "../../lib/models";
import { isAway, problemOf } from "../../lib/problems";
import { AgentList } from "../agent-list";
import { ProblemActions } from "../problem";
import { iconOf, searchAccessories, stateAccessory } from "./looks";
import { ModelActions } from "./model-actions";
import { ModelDetail } from "./model-detail";

/** Models of this Mac that an empty search shows. */
const LOCAL_SHOWN = 5;
/** Among so many the recommended ones are found. */
const CANDIDATES = 40;
/** Between the name of a section and a model's in the name of a row. */
const IN = " ";

export function SearchModels({ query: first = "" }: { query?: string | undefined }) {
  const [text, setText] = useState(first);
  const [filterId, setFilterId] = useCachedState("search-models.filter", DEFAULT_FILTER);
  const [isShowingDetail, setShowingDetail] = useCachedState("models.detail", false);
  const [selected, setSelected] = useState<string | null>(null);
  const query = text.trim().replace(/\s+/g, " ");
  const filter = filterOf(filterId);
  const isOverview = query === "" && filter.id === DEFAULT_FILTER;

  const here = useHere();
  const search = useModelSearch(query, filter);
  const recommended = useAgent(
    "recommended",
    async (client, signal) =>
      recommendedOf(await client.searchModels({ query: { fits: true, modelType: "lm", limit: CANDIDATES }, signal })),
    { execute: isOverview },
  );
  const sections = useSections(here.data, search.models, isOverview ? recommended.data : undefined, query, filter.id);
  const selectedId = selected?.split(IN).slice(1).join(IN);
  const facts = useModelFacts(isShowingDetail && selectedId ? selectedId : undefined);
  const use = useBringUp();

  const refresh = (): void => {
    void Promise.all([here.revalidate(), search.revalidate(), isOverview && recommended.revalidate()]);
  };
  const isLoading = here.isLoading || search.isLoading;
  const isEmpty = sections.every((section) => section.rows.length === 0);
  const error = here.error ?? (isAway(search.error) ? search.error : undefined);
  return (
    <AgentList
      error={error}
      data={here.data ?? search.models}
      retry={refresh}
      isLoading={isLoading}
      isShowingDetail={isShowingDetail && !isEmpty}
      searchText={text}
      onSearchTextChange={setText}
      throttle
      searchBarPlaceholder="Search models on Hugging Face"
      onSelectionChange={setSelected}
      pagination={search.pagination}
      searchBarAccessory={
        <List.Dropdown tooltip="Filter and Sort" value={filter.id} onChange={setFilterId}>
          {FILTER_SECTIONS.map((section) => (
            <List.Dropdown.Section key={section.title} title={section.title}>
              {section.filters.map(({ id, title }) => (
                <List.Dropdown.Item key={id} value={id} title={title} />
              ))}
            </List.Dropdown.Section>
          ))}
        </List.Dropdown>
      }
    >
      {sections.map(({ title, rows }) => (
        <List.Section key={title} title={title}>
          {rows.map((row) => {
            const state = stateOf(row, here.data);
            const id = `${title.replaceAll(" ", "-")}${IN}${row.modelId}`;
            const words = stateAccessory(state);
            return (
              <List.Item
                key={id}
                id={id}
                title={shortName(row.modelId)}
                subtitle={isShowingDetail ? "" : ownerOf(row.modelId)}
                icon={iconOf(row, state)}
                accessories={isShowingDetail ? (words ? [words] : []) : searchAccessories(row, state)}
                detail={
                  isShowingDetail && (
                    <ModelDetail
                      row={row}
                      here={here.data}
                      facts={selectedId === row.modelId ? facts.data : undefined}
                      isLoading={selectedId === row.modelId && facts.isLoading}
                      error={selectedId === row.modelId ? facts.error : undefined}
                    />
                  )
                }
                actions={
                  <ModelActions
                    row={row}
                    state={state}
                    use={use}
                    mutate={here.mutate}
                    isShowingDetail={isShowingDetail}
                    toggleDetail={() => setShowingDetail((was) => !was)}
                    refresh={refresh}
                  />
                }
              />
            );
          })}
        </List.Section>
      ))}
      {search.error && !isLoading && <HubProblem error={search.error} retry={refresh} asRow={!isEmpty} />}
      {!search.error && !isLoading && isEmpty && (
        <NothingFound query={query} showAll={() => setFilterId(DEFAULT_FILTER)} />
      )}
    </AgentList>
  );
}

interface Section {
  title: string;
  rows: ModelRow[];
}

/** Each model once: on this Mac, or on the hub; one that comes while the list is open stays where it was. */
function useSections(
  here: Here | undefined,
  found: Parameters<typeof recommendedOf>[0] | undefined,
  recommended: Parameters<typeof recommendedOf>[0] | undefined,
  query: string,
  filterId: string,
): Section[] {
  const shownOnHub = useRef(new Set<string>());
  const fromHub = [...(recommended ?? []), ...(found ?? [])];
  const stays = (modelId: string): boolean =>
    shownOnHub.current.has(modelId) && fromHub.some((model) => model.modelId === modelId);

  // A kind is asked of the hub; the models of this Mac are not sorted by it.
  const asksKind = filterId.startsWith("kind:");
  const locals = (here?.models ?? [])
    .filter((model) => !asksKind && matches(model.modelId, query) && !stays(model.modelId))
    .sort((a, b) => (b.lastUsedAt ?? b.downloadedAt ?? "").localeCompare(a.lastUsedAt ?? a.downloadedAt ?? ""))
    .slice(0, query === "" ? LOCAL_SHOWN : Infinity);
  const taken = new Set(locals.map((model) => model.modelId));
  const take = (models: Parameters<typeof recommendedOf>[0]): ModelRow[] =>
    models.filter(({ modelId }) => !taken.has(modelId) && taken.add(modelId)).map((model) => rowOfHub(model, here));
  const first = take(recommended ?? []);
  const rest = take(found ?? []);
  useEffect(() => {
    if (here) for (const { modelId } of [...first, ...rest]) shownOnHub.current.add(modelId);
  });
  return [
    { title: "Recommended for This Mac", rows: first },
    { title: "On This Mac", rows: locals.map(rowOfLocal) },
    { title: "On the Hub", rows: rest },
  ].filter((section) => section.rows.length > 0);
}

/** The hub does not answer: said below the rows of this Mac, or on the whole screen. */
function HubProblem({ error, retry, asRow }: { error: Error; retry: () => void; asRow: boolean }) {
  const { text } = problemOf(error);
  const title = "The Hub Does Not Answer";
  const actions = <ProblemActions error={error} retry={retry} />;
  if (!asRow) return <List.EmptyView icon={Icon.WifiDisabled} title={title} description={text} actions={actions} />;
  return (
    <List.Section title="On the Hub">
      <List.Item id={`problem${IN}`} icon={Icon.WifiDisabled} title={title} subtitle={text} actions={actions} />
    </List.Section>
  );
}

function NothingFound({ query, showAll }: { query: string; showAll: () => void }) {
  const url = `https://huggingface.co/models?library=mlx&search=${encodeURIComponent(query)}`;
  return (
    <List.EmptyView
      icon={Icon.MagnifyingGlass}
      title="No Models Found"
      description="Try fewer words, or another filter."
      actions={
        <ActionPanel>
          <Action title="Show All Models" icon={Icon.Filter} onAction={showAll} />
          <Action.OpenInBrowser title="Search on Hugging Face" url={url} />
        </ActionPanel>
      }
    />
  );
}
