/** Whether a model fits in memory: in words, and as a picture that reads on light and dark. */
import type { MemoryEstimate, PoolStatus } from "@mlx-manager/shared";
import { bytes } from "./format.js";

const GIB = 2 ** 30;

export interface MemoryView {
  weights: number;
  kvCache: number;
  overhead: number;
  total: number;
  /** Bytes that models may take together. */
  budget: number;
  /** Bytes of it that loaded models have, this one not counted. */
  inUse: number;
  verdict: "fits" | "after-unloading" | "too-large" | "loaded";
  sentence: string;
}

/** @param ownBytes what the pool counts for this model when it is loaded; null when it is not. */
export function memoryView(
  memory: MemoryEstimate,
  pool: Pick<PoolStatus, "budgetGb" | "leasedGb">,
  ownBytes: number | null,
): MemoryView {
  const budget = pool.budgetGb * GIB;
  const inUse = Math.max(0, pool.leasedGb * GIB - (ownBytes ?? 0));
  const total = memory.totalBytes;
  const free = Math.max(0, budget - inUse);
  const need = `needs about ${bytes(total)}`;
  const view = { weights: memory.weightsBytes, kvCache: memory.kvCacheBytes, overhead: memory.overheadBytes };
  const say = (verdict: MemoryView["verdict"], sentence: string): MemoryView => ({
    ...view,
    total,
    budget,
    inUse,
    verdict,
    sentence,
  });
  if (ownBytes !== null) return say("loaded", `Loaded: ${need} of the ${bytes(budget)} for models.`);
  if (total > budget) return say("too-large", `Too large: ${need}; models may take ${bytes(budget)} here.`);
  if (total > free)
    return say(
      "after-unloading",
      `Fits when others are unloaded: ${need}; ${bytes(free)} of ${bytes(budget)} are free.`,
    );
  return say("fits", `Fits now: ${need} of the ${bytes(free)} free for models.`);
}

/** Middle tones: all of them stand out against white and against black. */
const COLORS = { inUse: "#8e8e93", weights: "#0a84ff", kvCache: "#bf5af2", overhead: "#ff9f0a", limit: "#ff453a" };
const WIDTH = 460;
const BAR_TOP = 4;
const BAR_HEIGHT = 18;

/** The gauge as an SVG: what others use, weights, KV cache and overhead, against the line of what models may take. */
export function gaugeSvg(view: MemoryView): string {
  const scale = WIDTH / Math.max(view.budget, view.inUse + view.total, 1);
  const parts: readonly [number, string, string][] = [
    [view.inUse, COLORS.inUse, `Others ${bytes(view.inUse)}`],
    [view.weights, COLORS.weights, `Weights ${bytes(view.weights)}`],
    [view.kvCache, COLORS.kvCache, `KV cache ${bytes(view.kvCache)}`],
    [view.overhead, COLORS.overhead, `Overhead ${bytes(view.overhead)}`],
  ];
  const shown = parts.filter(([size]) => size > 0);
  let at = 0;
  const bar = shown.map(([size, color]) => {
    const width = size * scale;
    const rect = `<rect x="${round(at)}" y="${BAR_TOP}" width="${round(width)}" height="${BAR_HEIGHT}" fill="${color}"/>`;
    at += width;
    return rect;
  });
  const legend = shown.map(([, color, label], i) => {
    const x = (i * WIDTH) / shown.length;
    return `<circle cx="${round(x + 5)}" cy="42" r="4" fill="${color}"/><text x="${round(x + 13)}" y="46">${label}</text>`;
  });
  const limit = Math.min(WIDTH - 2, view.budget * scale);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="54" viewBox="0 0 ${WIDTH} 54">`,
    `<style>text{font:11px -apple-system,sans-serif;fill:${COLORS.inUse}}</style>`,
    `<clipPath id="b"><rect y="${BAR_TOP}" width="${WIDTH}" height="${BAR_HEIGHT}" rx="5"/></clipPath>`,
    `<g clip-path="url(#b)"><rect y="${BAR_TOP}" width="${WIDTH}" height="${BAR_HEIGHT}" fill="${COLORS.inUse}" fill-opacity="0.25"/>`,
    ...bar,
    `</g><rect x="${round(limit)}" y="0" width="2" height="${BAR_HEIGHT + 2 * BAR_TOP}" fill="${COLORS.limit}"/>`,
    ...legend,
    `</svg>`,
  ].join("");
}

/** The gauge for a page of Markdown, with its words as the picture's name and below it. */
export function gaugeMarkdown(view: MemoryView): string {
  const picture = `data:image/svg+xml;base64,${Buffer.from(gaugeSvg(view)).toString("base64")}`;
  return `![${view.sentence}](${picture})\n\n**${view.sentence}**`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
