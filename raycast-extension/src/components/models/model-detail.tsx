/** A model's facts beside the list. */
import { List } from "@raycast/api";
import type { ModelFacts } from "../../hooks/use-model-facts";
import { bytes, count, relativeTime } from "../../lib/format";
import { plain } from "../../lib/markdown";
import { gaugeMarkdown, memoryView } from "../../lib/memory-gauge";
import {
  hubUrl,
  isFolder,
  kindOf,
  precisionOf,
  profilesOf,
  serverOf,
  shortName,
  type Here,
  type ModelRow,
} from "../../lib/models";
import { badgesOf } from "./looks";

const GIB = 2 ** 30;
/** Files and other quantizations shown by name. */
const NAMED = 8;

export interface ModelDetailProps {
  row: ModelRow;
  here: Here | undefined;
  /** Of the selected model, once known; the row's own facts are shown until then. */
  facts: ModelFacts | undefined;
  isLoading: boolean;
  error: Error | undefined;
}

export function ModelDetail({ row, here, facts, isLoading, error }: ModelDetailProps) {
  return (
    <List.Item.Detail
      isLoading={isLoading}
      markdown={pageOf({ row, here, facts, isLoading, error })}
      metadata={<Facts row={row} here={here} facts={facts} />}
    />
  );
}

function pageOf({ row, here, facts, isLoading, error }: ModelDetailProps): string {
  const parts = [`## ${plain(shortName(row.modelId))}`];
  const memory = facts?.detail.memory ?? row.local?.memory;
  if (memory && here) {
    const server = serverOf(row, here);
    const loaded = here.pool.models.find((one) => one.profileId === server?.profileId);
    const view = memoryView(memory, here.pool, loaded?.memoryGb ? loaded.memoryGb * GIB : null);
    parts.push(gaugeMarkdown(view));
    const context = memory.contextLength;
    parts.push(
      context === null
        ? "Estimated from its size: its configuration does not say how much a conversation takes."
        : `Weights ${bytes(memory.weightsBytes)}, KV cache ${bytes(memory.kvCacheBytes)} for a context of ${context.toLocaleString("en-US")} tokens, overhead ${bytes(memory.overheadBytes)}.`,
    );
  } else if (!isLoading && !error) parts.push("How much memory it takes is not known.");
  if (error && !facts) parts.push(`_${plain(error.message)}_`);
  const siblings = facts?.siblings ?? [];
  if (siblings.length > 0)
    parts.push(
      "### Other Quantizations",
      ...siblings
        .slice(0, NAMED)
        .map(
          (one) =>
            `- [${one.modelId}](${hubUrl(one.modelId)})${one.sizeBytes === null ? "" : ` · ${bytes(one.sizeBytes)}`}${one.fits === false ? " · too large" : ""}`,
        ),
    );
  const files = facts?.detail.files ?? [];
  if (files.length > 0) {
    const largest = [...files].sort((a, b) => b.sizeBytes - a.sizeBytes);
    parts.push(
      "### Files",
      ...largest.slice(0, NAMED).map((file) => `- ${plain(file.path)} · ${bytes(file.sizeBytes)}`),
    );
    if (files.length > NAMED) parts.push(`and ${files.length - NAMED} more`);
  }
  return parts.join("\n\n").replaceAll("\n\n- ", "\n- ");
}

function Facts({ row, here, facts }: Pick<ModelDetailProps, "row" | "here" | "facts">) {
  const { detail } = facts ?? {};
  const whole: ModelRow = detail
    ? { ...row, characteristics: detail.characteristics, gated: detail.gated, fits: detail.fits }
    : row;
  const { characteristics: c } = whole;
  const hub = detail?.origin === "hub" ? detail : row.hub;
  const { Label, TagList, Link, Separator } = List.Item.Detail.Metadata;
  const label = (title: string, text: string | null | undefined) =>
    text ? <Label key={title} title={title} text={text} /> : null;
  const size = hub?.sizeBytes ?? row.sizeBytes;
  const license = (detail ?? row.hub)?.tags.find((tag) => tag.startsWith("license:"))?.slice("license:".length);
  const profiles = profilesOf(row, here).map((profile) => profile.name);
  const badges = badgesOf(whole);
  return (
    <List.Item.Detail.Metadata>
      {badges.length > 0 && (
        <TagList title="Badges">
          {badges.map(({ text, color }) => (
            <TagList.Item key={text} text={text} color={color} />
          ))}
        </TagList>
      )}
      {label("Kind", kindOf(c))}
      {label("Architecture", c.architecture ?? c.architectureId)}
      {label("Parameters", c.parameters === null ? null : count(c.parameters))}
      {label("Precision", precisionOf(c))}
      {label("Context", c.contextWindow === null ? null : `${c.contextWindow.toLocaleString("en-US")} tokens`)}
      {label("Size", size === null ? null : bytes(size))}
      {(hub || row.local) && <Separator />}
      {row.local && label("Downloaded", row.local.downloadedAt && relativeTime(row.local.downloadedAt))}
      {row.local && label("Last Used", row.local.lastUsedAt ? relativeTime(row.local.lastUsedAt) : "never")}
      {label("Profiles", profiles.join(", "))}
      {row.local && label("Folder", row.local.localPath)}
      {hub && label("Downloads", count(hub.downloads))}
      {hub && label("Likes", count(hub.likes))}
      {hub && label("Updated", hub.lastModified && relativeTime(hub.lastModified))}
      {label("License", license)}
      {!isFolder(row.modelId) && <Link title="Hugging Face" text={row.modelId} target={hubUrl(row.modelId)} />}
    </List.Item.Detail.Metadata>
  );
}
