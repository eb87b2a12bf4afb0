import { ActionPanel, Icon, List } from "@raycast/api";
import { AgentList } from "./components/agent-list";
import { DownloadItem } from "./components/download-item";
import { SearchModelsAction } from "./components/problem";
import { useAgent } from "./hooks/use-agent";
import { useBringUp } from "./hooks/use-bring-up";
import { applyDownloadEvent, groupDownloads } from "./lib/downloads";

/** Downloads as they go on, kept up to date by the agent's events. */
export default function ShowDownloads() {
  const { data, error, isLoading, revalidate, mutate } = useAgent(
    "downloads",
    (client, signal) => client.listDownloads({ signal }),
    {
      topics: ["download"],
      on: (event, update) => {
        update((tasks) => applyDownloadEvent(tasks, event));
        return true;
      },
    },
  );
  const use = useBringUp();
  const tasks = data ?? [];
  return (
    <AgentList
      isLoading={isLoading}
      error={error}
      data={data}
      retry={revalidate}
      searchBarPlaceholder="Filter downloads by model"
    >
      {groupDownloads(tasks).map((group) => (
        <List.Section key={group.title} title={group.title} subtitle={String(group.tasks.length)}>
          {group.tasks.map((task) => (
            <DownloadItem key={task.taskId} task={task} all={tasks} mutate={mutate} use={use} />
          ))}
        </List.Section>
      ))}
      <List.EmptyView
        icon={Icon.Download}
        title="No Downloads"
        description="Find a model and download it; it shows up here."
        actions={
          <ActionPanel>
            <SearchModelsAction />
          </ActionPanel>
        }
      />
    </AgentList>
  );
}
