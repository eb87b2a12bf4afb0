/** A download as a row, with what can be done about it. */
import { existsSync } from "node:fs";
import { Action, ActionPanel, Color, Icon, Keyboard, List } from "@raycast/api";
import { getProgressIcon } from "@raycast/utils";
import type { DownloadTask } from "@mlx-manager/shared";
import type { UseAgent } from "../hooks/use-agent";
import type { Use } from "../hooks/use-bring-up";
import { adviceFor } from "../lib/advice";
import { agent, isRemote } from "../lib/agent";
import { amount, isFinished, isUnderWay, speed, timeLeft } from "../lib/downloads";
import { failed } from "../lib/feedback";
import { relativeTime } from "../lib/format";
import { shortName } from "../lib/models";
import { confirmCancel } from "./models/confirm-cancel";
import { SearchModelsAction } from "./problem";

type Tasks = DownloadTask[];

interface DownloadItemProps {
  task: DownloadTask;
  all: readonly DownloadTask[];
  mutate: UseAgent<Tasks>["mutate"];
  use: Use;
}

/** One row of Show Downloads. */
export function DownloadItem({ task, all, mutate, use }: DownloadItemProps) {
  return (
    <List.Item
      id={task.taskId}
      icon={iconOf(task)}
      title={task.modelId}
      {...(task.revision !== "main" && { subtitle: task.revision })}
      accessories={accessoriesOf(task)}
      actions={<DownloadActions task={task} all={all} mutate={mutate} use={use} />}
    />
  );
}

function iconOf({ status, progress }: DownloadTask): List.Item.Props["icon"] {
  switch (status) {
    case "starting":
    case "downloading":
      return { value: getProgressIcon(progress / 100, Color.Blue), tooltip: "Downloading" };
    case "queued":
      return { value: Icon.Clock, tooltip: "Waiting" };
    case "paused":
      return { value: { source: Icon.Pause, tintColor: Color.Yellow }, tooltip: "Paused" };
    case "failed":
      return { value: { source: Icon.ExclamationMark, tintColor: Color.Red }, tooltip: "Failed" };
    case "completed":
      return { value: { source: Icon.CheckCircle, tintColor: Color.Green }, tooltip: "Completed" };
    case "cancelled":
      return { value: { source: Icon.XMarkCircle, tintColor: Color.SecondaryText }, tooltip: "Canceled" };
  }
}

/** What happened and what to do. */
const errorText = ({ code, message, action }: NonNullable<DownloadTask["error"]>): string =>
  `${message} ${adviceFor(code, action)}`.trim();

function accessoriesOf(task: DownloadTask): List.Item.Accessory[] {
  if (isFinished(task)) {
    const when = { text: relativeTime(task.updatedAt), tooltip: new Date(task.updatedAt).toLocaleString() };
    return task.status === "completed" ? [{ text: amount(task) }, when] : [when];
  }
  const accessories: List.Item.Accessory[] = [];
  if (task.error)
    accessories.push({
      tag: { value: "Failed", color: Color.Red },
      tooltip: errorText(task.error),
    });
  for (const text of [speed(task), timeLeft(task)]) if (text !== "") accessories.push({ text });
  if (task.status !== "queued" || task.downloadedBytes > 0) {
    const files = task.filesTotal === null ? "" : `${task.filesDone} of ${task.filesTotal} files`;
    accessories.push({ text: amount(task), ...(files !== "" && { tooltip: files }) });
    accessories.push({ tag: `${Math.floor(task.progress)}%` });
  }
  return accessories;
}

function DownloadActions({ task, all, mutate, use }: DownloadItemProps) {
  const { taskId, modelId, status } = task;
  const params = { taskId };

  /** Does it and shows its outcome at once; a failure is told and taken back. */
  async function act(failure: string, work: () => Promise<unknown>, outcome: (tasks: Tasks) => Tasks): Promise<void> {
    try {
      await mutate(work(), { optimisticUpdate: outcome, shouldRevalidateAfter: false });
    } catch (error) {
      await failed(failure, error);
    }
  }
  const become =
    (change: Partial<DownloadTask>) =>
    (tasks: Tasks): Tasks =>
      tasks.map((one) => (one.taskId === taskId ? { ...one, ...change } : one));
  const without =
    (gone: readonly DownloadTask[]) =>
    (tasks: Tasks): Tasks =>
      tasks.filter((one) => !gone.some((other) => other.taskId === one.taskId));

  const finished = all.filter(isFinished);
  const atRest = { speedMbps: 0, etaSeconds: null };

  async function cancel(): Promise<void> {
    if (!(await confirmCancel(task))) return;
    const outcome = become({ ...atRest, status: "cancelled", progress: 0, downloadedBytes: 0 });
    await act("Could Not Cancel the Download", async () => agent().cancelDownload({ params }), outcome);
  }

  /** From a download that is through to a chat. One whose files were deleted meanwhile is fetched again. */
  async function useModel(): Promise<void> {
    try {
      const local = (await agent().listLocalModels()).find((model) => model.modelId === modelId) ?? null;
      await use({ modelId, local }, { chat: true });
    } catch (error) {
      await failed(`Could Not Use ${shortName(modelId)}`, error);
    }
  }

  return (
    <ActionPanel title={modelId}>
      <ActionPanel.Section>
        {isUnderWay(task) && (
          <Action
            title="Pause Download"
            icon={Icon.Pause}
            onAction={() =>
              act(
                "Could Not Pause the Download",
                async () => agent().pauseDownload({ params }),
                become({ ...atRest, status: "paused" }),
              )
            }
          />
        )}
        {status === "paused" && (
          <Action
            title="Resume Download"
            icon={Icon.Play}
            onAction={() =>
              act(
                "Could Not Resume the Download",
                async () => agent().resumeDownload({ params }),
                become({ status: "queued" }),
              )
            }
          />
        )}
        {status === "failed" && (
          <Action
            title="Retry Download"
            icon={Icon.ArrowClockwise}
            onAction={() =>
              act(
                "Could Not Retry the Download",
                async () => agent().resumeDownload({ params }),
                become({ status: "queued", error: null }),
              )
            }
          />
        )}
        {status === "cancelled" && (
          <Action
            title="Download Again"
            icon={Icon.Download}
            onAction={() =>
              act(
                "Could Not Start the Download",
                async () => agent().downloadModel({ body: { modelId, revision: task.revision } }),
                become({ status: "queued" }),
              )
            }
          />
        )}
        {status === "completed" && (
          <>
            <Action title="Use Model" icon={Icon.SpeechBubble} onAction={useModel} />
            {task.localPath !== null && !isRemote() && existsSync(task.localPath) && (
              <Action.ShowInFinder path={task.localPath} shortcut={Keyboard.Shortcut.Common.Open} />
            )}
          </>
        )}
        {(isUnderWay(task) || status === "paused" || status === "failed") && (
          <Action
            title="Cancel Download"
            icon={Icon.XMarkCircle}
            style={Action.Style.Destructive}
            shortcut={Keyboard.Shortcut.Common.Remove}
            onAction={cancel}
          />
        )}
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action.CopyToClipboard title="Copy Model ID" content={modelId} shortcut={Keyboard.Shortcut.Common.Copy} />
        {task.error && <Action.CopyToClipboard title="Copy Error" content={errorText(task.error)} />}
        <Action.OpenInBrowser title="Open on Hugging Face" url={`https://huggingface.co/${modelId}`} />
        <SearchModelsAction />
      </ActionPanel.Section>
      <ActionPanel.Section>
        {(isFinished(task) || status === "failed") && (
          <Action
            title="Remove from List"
            icon={Icon.Minus}
            onAction={() =>
              act("Could Not Remove the Row", async () => agent().removeDownload({ params }), without([task]))
            }
          />
        )}
        {finished.length > 0 && (
          <Action
            title="Clear Finished"
            icon={Icon.Eraser}
            shortcut={Keyboard.Shortcut.Common.RemoveAll}
            onAction={() =>
              act(
                "Could Not Clear the List",
                async () =>
                  Promise.all(finished.map((one) => agent().removeDownload({ params: { taskId: one.taskId } }))),
                without(finished),
              )
            }
          />
        )}
      </ActionPanel.Section>
    </ActionPanel>
  );
}
