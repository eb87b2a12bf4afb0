/** How models look in a list. */
import { Color, Icon, type Image, type List } from "@raycast/api";
import { getProgressIcon } from "@raycast/utils";
import { bytes, count, relativeTime } from "../../lib/format";
import { abilitiesOf, precisionOf, type Ability, type ModelRow, type ModelState } from "../../lib/models";

const ABILITY_COLORS: Record<Ability, Color> = {
  images: Color.Red,
  embeddings: Color.Green,
  audio: Color.Orange,
  vision: Color.Blue,
  thinking: Color.Magenta,
  tools: Color.Purple,
  MoE: Color.Yellow,
};

export interface Badge {
  text: string;
  color: Color;
}

/** What a model is and can do, as colored tags. */
export function badgesOf({ characteristics, gated, fits }: ModelRow): Badge[] {
  const badges: Badge[] = abilitiesOf(characteristics).map((text) => ({ text, color: ABILITY_COLORS[text] }));
  const precision = precisionOf(characteristics);
  if (precision !== null) badges.unshift({ text: precision, color: Color.SecondaryText });
  if (gated) badges.push({ text: "gated", color: Color.Yellow });
  if (fits === false) badges.push({ text: "too large", color: Color.Red });
  return badges;
}

/** State on this machine, and what kind it is where there is none. */
export function iconOf(row: ModelRow, state: ModelState): { value: Image.ImageLike; tooltip: string } {
  switch (state.kind) {
    case "downloading":
      return { value: getProgressIcon(state.task.progress / 100, Color.Blue), tooltip: "Downloading" };
    case "running":
      return { value: { source: Icon.CircleFilled, tintColor: Color.Green }, tooltip: "In Memory" };
    case "here":
      return { value: { source: Icon.CheckCircle, tintColor: Color.Green }, tooltip: "On This Mac" };
    case "paused":
      return { value: { source: Icon.Pause, tintColor: Color.Yellow }, tooltip: "Download Paused" };
    case "failed":
      return { value: { source: Icon.ExclamationMark, tintColor: Color.Red }, tooltip: "Download Failed" };
    case "incomplete":
      return { value: { source: Icon.CircleProgress50, tintColor: Color.Yellow }, tooltip: "Not Complete" };
    case "absent":
      return { value: { source: kindIcon(row), tintColor: Color.SecondaryText }, tooltip: "On the Hub" };
  }
}

function kindIcon({ characteristics: { modelType } }: ModelRow): Icon {
  if (modelType === "whisper") return Icon.Microphone;
  if (modelType === "embeddings") return Icon.TextSelection;
  if (modelType === "image-generation" || modelType === "image-edit") return Icon.Image;
  return modelType === "multimodal" ? Icon.Eye : Icon.SpeechBubble;
}

/** The state in words, where a row's icon is not enough. */
export function stateAccessory(state: ModelState): List.Item.Accessory | null {
  switch (state.kind) {
    case "downloading": {
      const { status, progress } = state.task;
      const value = status === "downloading" ? `${Math.floor(progress)}%` : status;
      return { tag: { value, color: Color.Blue }, tooltip: "Downloading" };
    }
    case "paused":
      return { tag: { value: `paused at ${Math.floor(state.task.progress)}%`, color: Color.Yellow } };
    case "failed":
      return { tag: { value: "failed", color: Color.Red }, tooltip: state.task.error?.message ?? null };
    case "incomplete":
      return { tag: { value: "incomplete", color: Color.Yellow } };
    case "running":
      return { tag: { value: state.server.state === "starting" ? "loading" : "in memory", color: Color.Green } };
    case "here":
    case "absent":
      return null;
  }
}

/** What stands at the right of a row of the search. */
export function searchAccessories(row: ModelRow, state: ModelState): List.Item.Accessory[] {
  const list: List.Item.Accessory[] = badgesOf(row).map(({ text, color }) => ({ tag: { value: text, color } }));
  const words = stateAccessory(state);
  if (words) list.push(words);
  if (row.hub) list.push({ icon: Icon.Download, text: count(row.hub.downloads), tooltip: "Downloads on the Hub" });
  // What has come of a model under way says nothing of how large it is.
  const size = "task" in state ? (state.task.totalBytes ?? row.sizeBytes) : row.sizeBytes;
  if (size !== null) list.push({ text: bytes(size), tooltip: "Size" });
  return list;
}

/** What stands at the right of a model that is here. */
export function localAccessories(row: ModelRow, state: ModelState, profiles: readonly string[]): List.Item.Accessory[] {
  const list: List.Item.Accessory[] = badgesOf(row).map(({ text, color }) => ({ tag: { value: text, color } }));
  const words = stateAccessory(state);
  if (words) list.push(words);
  if (profiles.length > 0)
    list.push({ icon: Icon.Person, text: String(profiles.length), tooltip: `Profiles: ${profiles.join(", ")}` });
  const used = row.local?.lastUsedAt;
  if (used) list.push({ icon: Icon.Clock, text: relativeTime(used), tooltip: "Last Used" });
  if (row.sizeBytes !== null) list.push({ text: bytes(row.sizeBytes), tooltip: "Size on Disk" });
  return list;
}
