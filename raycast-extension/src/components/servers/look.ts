/** How a server's state, speed and memory look in a list. */
import { Color, Icon, type Image, type List } from "@raycast/api";
import type { Server, ServerState } from "@mlx-manager/shared";
import { bytes, duration, tokensPerSecond } from "../../lib/format";

export interface StateLook {
  readonly title: string;
  readonly icon: Image.ImageLike;
  readonly color: Color;
}

const LOOKS: Record<ServerState, { title: string; source: Icon; color: Color }> = {
  healthy: { title: "Running", source: Icon.CircleFilled, color: Color.Green },
  unhealthy: { title: "Not Answering", source: Icon.Warning, color: Color.Orange },
  starting: { title: "Loading", source: Icon.CircleProgress50, color: Color.Yellow },
  stopping: { title: "Stopping", source: Icon.CircleProgress25, color: Color.Yellow },
  failed: { title: "Failed", source: Icon.XMarkCircleFilled, color: Color.Red },
  stopped: { title: "Stopped", source: Icon.Circle, color: Color.SecondaryText },
};

/** Title, icon and color of a state. */
export function lookOf(state: ServerState): StateLook {
  const { title, source, color } = LOOKS[state];
  return { title, color, icon: { source, tintColor: color } };
}

/** Memory of the process tree: `1.2 GB`; undefined while unknown. */
export const memoryOf = (server: Server): string | undefined =>
  server.memoryMb === null ? undefined : bytes(server.memoryMb * 2 ** 20);

/** How long it has run; undefined before it has a process. */
export const uptimeOf = (server: Server, now: number = Date.now()): string | undefined =>
  server.startedAt === null || server.pid === null
    ? undefined
    : duration(Math.max(0, Math.round((now - Date.parse(server.startedAt)) / 1000)));

/** Speed of the last seconds; undefined while nothing is generated. */
export const speedOf = (usage: { tokensPerSecond: number } | null | undefined): string | undefined =>
  usage && usage.tokensPerSecond > 0 ? tokensPerSecond(usage.tokensPerSecond) : undefined;

/** An accessory with a text, or none where there is nothing to say. */
export const accessory = (icon: Icon, text: string | undefined, tooltip: string): List.Item.Accessory[] =>
  text === undefined ? [] : [{ icon, text, tooltip }];

/** Markdown code block; a fence in the text cannot end it. */
export function codeBlock(text: string, language = ""): string {
  const longest = Math.max(0, ...[...text.matchAll(/`{3,}/g)].map(([fence]) => fence.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text that Markdown would read as marks, shown as it is. */
export const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~]/g, "\\$&");
