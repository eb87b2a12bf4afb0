/** Download, and what can be done with one under way. */
import { Action, Icon, Keyboard, launchCommand, LaunchType } from "@raycast/api";
import type { Client, DownloadTask } from "@mlx-manager/shared";
import type { useHere } from "../../hooks/use-here";
import { agent } from "../../lib/agent";
import { failed } from "../../lib/feedback";
import { shortName, type Here, type ModelRow, type ModelState } from "../../lib/models";
import { confirmCancel } from "./confirm-cancel";

type Mutate = ReturnType<typeof useHere>["mutate"];

export interface DownloadActionsProps {
  row: ModelRow;
  state: ModelState;
  mutate: Mutate;
}

/** The row itself shows what became of it; a toast is for what failed. */
export function DownloadActions({ row, state, mutate }: DownloadActionsProps) {
  const { modelId } = row;
  const task = "task" in state ? state.task : undefined;
  const change = async (failure: string, work: Promise<unknown>, status?: DownloadTask["status"]): Promise<void> => {
    try {
      await mutate(work, {
        shouldRevalidateAfter: true,
        ...(task && status && { optimisticUpdate: (here: Here) => withStatus(here, task, status) }),
      });
    } catch (error) {
      await failed(failure, error);
    }
  };
  const call = (failure: string, name: TaskCall, status: DownloadTask["status"]) => () => {
    if (task) void change(failure, agentCall(name, task), status);
  };
  const download = (title: string) => (
    <Action
      key="download"
      title={title}
      icon={Icon.Download}
      shortcut={Keyboard.Shortcut.Common.Save}
      onAction={() => change(`Could Not Download ${shortName(modelId)}`, startDownload(modelId))}
    />
  );
  const cancel = (
    <Action
      key="cancel"
      title="Cancel Download"
      icon={Icon.XMarkCircle}
      style={Action.Style.Destructive}
      shortcut={{ modifiers: ["cmd", "shift"], key: "d" }}
      onAction={async () => {
        if (task && (await confirmCancel(task))) call("Could Not Cancel the Download", "cancelDownload", "cancelled")();
      }}
    />
  );
  const resume = (title: string) => (
    <Action
      key="resume"
      title={title}
      icon={Icon.Play}
      shortcut={{ modifiers: ["cmd", "opt"], key: "p" }}
      onAction={call("Could Not Resume the Download", "resumeDownload", "queued")}
    />
  );
  switch (state.kind) {
    case "absent":
      return download("Download");
    case "incomplete":
      return download("Resume Download");
    case "downloading":
      return (
        <>
          <Action
            title="Pause Download"
            icon={Icon.Pause}
            shortcut={{ modifiers: ["cmd", "opt"], key: "p" }}
            onAction={call("Could Not Pause the Download", "pauseDownload", "paused")}
          />
          {cancel}
        </>
      );
    case "paused":
      return [resume("Resume Download"), cancel];
    case "failed":
      return [resume("Try Download Again"), cancel];
    case "here":
    case "running":
      return null;
  }
}

type TaskCall = "pauseDownload" | "resumeDownload" | "cancelDownload";

// Async, so that an agent that is not there is told like one that refuses.
const agentCall = async (name: TaskCall, { taskId }: DownloadTask): Promise<unknown> =>
  (agent() as Pick<Client, TaskCall>)[name]({ params: { taskId } });
const startDownload = async (modelId: string): Promise<unknown> => agent().downloadModel({ body: { modelId } });

function withStatus(here: Here, task: DownloadTask, status: DownloadTask["status"]): Here {
  const downloads = here.downloads.map((one) => (one.taskId === task.taskId ? { ...one, status } : one));
  return { ...here, downloads };
}

/** Opens another command of the extension. */
export async function openCommand(name: string, title: string, context?: Record<string, unknown>): Promise<void> {
  try {
    await launchCommand({ name, type: LaunchType.UserInitiated, ...(context && { context }) });
  } catch (error) {
    await failed(`Could Not Open ${title}`, error);
  }
}
