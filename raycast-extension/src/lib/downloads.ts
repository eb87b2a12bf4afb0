/** What the downloads on a screen are: their groups, words, and what an event makes of them. */
import type { AgentEvent, DownloadStatus, DownloadTask } from "@mlx-manager/shared";
import { bytes, duration, rate } from "./format.js";

/** Groups in the order in which they are shown. */
const GROUPS: readonly (readonly [title: string, statuses: readonly DownloadStatus[]])[] = [
  ["Active", ["starting", "downloading"]],
  ["Waiting", ["queued"]],
  ["Paused", ["paused"]],
  ["Failed", ["failed"]],
  ["Completed", ["completed"]],
  ["Canceled", ["cancelled"]],
];

export interface DownloadGroup {
  readonly title: string;
  readonly tasks: readonly DownloadTask[];
}

/** The groups that hold something; the tasks in each as the agent orders them, newest first. */
export function groupDownloads(tasks: readonly DownloadTask[]): DownloadGroup[] {
  return GROUPS.map(([title, statuses]) => ({
    title,
    tasks: tasks.filter((task) => statuses.includes(task.status)),
  })).filter((group) => group.tasks.length > 0);
}

/** What an event of the topic `download` makes of the list. A new task comes first. */
export function applyDownloadEvent(tasks: readonly DownloadTask[], event: AgentEvent): DownloadTask[] {
  if (event.type === "download.removed") return tasks.filter((task) => task.taskId !== event.data.taskId);
  if (event.type !== "download.updated") return [...tasks];
  const { data } = event;
  const known = tasks.some((task) => task.taskId === data.taskId);
  return known ? tasks.map((task) => (task.taskId === data.taskId ? data : task)) : [data, ...tasks];
}

/** Whether it is running or about to. */
export const isUnderWay = (task: DownloadTask): boolean => ["queued", "starting", "downloading"].includes(task.status);
/** Whether nothing is left of it but its row. */
export const isFinished = (task: DownloadTask): boolean => task.status === "completed" || task.status === "cancelled";

/** `1.20 GB of 4.50 GB`; without the whole while it is not known, and the size alone when all is here. */
export function amount({ status, downloadedBytes, totalBytes }: DownloadTask): string {
  if (status === "completed") return bytes(totalBytes ?? downloadedBytes);
  return totalBytes === null ? bytes(downloadedBytes) : `${bytes(downloadedBytes)} of ${bytes(totalBytes)}`;
}

/** `12.5 MB/s`; empty while nothing comes. */
export function speed({ status, speedMbps }: DownloadTask): string {
  return status === "downloading" && speedMbps > 0 ? rate(speedMbps * 1e6) : "";
}

/** `3 min 20 s left`; empty while it is not known. */
export function timeLeft({ status, etaSeconds }: DownloadTask): string {
  return status === "downloading" && etaSeconds !== null ? `${duration(etaSeconds)} left` : "";
}

/** What canceling throws away, in a sentence. */
export function lossOf({ modelId, downloadedBytes }: DownloadTask): string {
  return downloadedBytes > 0
    ? `The ${bytes(downloadedBytes)} of ${modelId} that have arrived are deleted. A later download starts from the beginning.`
    : `Nothing of ${modelId} has arrived yet, so nothing is lost.`;
}
