/** Models as rows: what is on the hub, what is here, and what is under way. No Raycast in here. */
import type {
  Characteristics,
  DownloadTask,
  LocalModel,
  ModelSearchResult,
  PoolStatus,
  Profile,
  Server,
} from "@mlx-manager/shared";

/** What this machine has. */
export interface Here {
  models: LocalModel[];
  downloads: DownloadTask[];
  servers: Server[];
  profiles: Profile[];
  pool: PoolStatus;
}

/** A model on this machine or the hub; figures that only one of them knows are null. */
export interface ModelRow {
  /** Hub id, or the absolute path of a folder. */
  modelId: string;
  /** Bytes in the repository, or on the disk where it is here. */
  sizeBytes: number | null;
  characteristics: Characteristics;
  gated: boolean;
  /** Within this machine's recommended size; null when unknown. */
  fits: boolean | null;
  hub: ModelSearchResult | null;
  local: LocalModel | null;
}

/** What becomes of a model on this machine. */
export type ModelState =
  | { kind: "absent" }
  | { kind: "incomplete" }
  | { kind: "downloading" | "paused" | "failed"; task: DownloadTask }
  | { kind: "here" }
  | { kind: "running"; server: Server };

const UNDER_WAY = new Set(["queued", "starting", "downloading"]);
const ALIVE = new Set(["starting", "healthy", "unhealthy"]);

export const isFolder = (modelId: string): boolean => modelId.startsWith("/");
/** `Qwen3-4B-4bit` of `mlx-community/Qwen3-4B-4bit`, and the last folder of a path. */
export const shortName = (modelId: string): string => modelId.split("/").findLast((part) => part !== "") ?? modelId;
/** Who published it, or the folder it lies in. */
export const ownerOf = (modelId: string): string => modelId.slice(0, -shortName(modelId).length).replace(/\/+$/, "");
/** The model's page. */
export const hubUrl = (modelId: string): string => `https://huggingface.co/${modelId}`;

export function rowOfLocal(local: LocalModel): ModelRow {
  const { modelId, sizeBytes, characteristics } = local;
  return { modelId, sizeBytes, characteristics, gated: false, fits: null, hub: null, local };
}

export function rowOfHub(hub: ModelSearchResult, here: Here | undefined): ModelRow {
  const { modelId, sizeBytes, characteristics, gated, fits } = hub;
  return { modelId, sizeBytes, characteristics, gated, fits, hub, local: localOf(modelId, here) };
}

/** The model on this disk, whole or not. */
export const localOf = (modelId: string, here: Here | undefined): LocalModel | null =>
  here?.models.find((model) => model.modelId === modelId) ?? null;

/** The newest task of a model. */
export function taskOf(modelId: string, here: Here | undefined): DownloadTask | undefined {
  const tasks = here?.downloads.filter((task) => task.modelId === modelId) ?? [];
  return tasks.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))[0];
}

/** The server that has a model in memory, or is about to. */
export function serverOf(row: Pick<ModelRow, "modelId" | "local">, here: Here | undefined): Server | undefined {
  const names = [row.modelId, row.local?.localPath];
  return here?.servers.find((server) => ALIVE.has(server.state) && names.includes(server.modelPath));
}

/** What becomes of a model: what moves stands over what rests. */
export function stateOf(row: Pick<ModelRow, "modelId" | "local">, here: Here | undefined): ModelState {
  const task = taskOf(row.modelId, here);
  if (task && UNDER_WAY.has(task.status)) return { kind: "downloading", task };
  const server = serverOf(row, here);
  if (server) return { kind: "running", server };
  if (row.local?.complete) return { kind: "here" };
  if (task?.status === "paused" || task?.status === "failed") return { kind: task.status, task };
  return { kind: row.local ? "incomplete" : "absent" };
}

/** Profiles that serve a model. */
export function profilesOf(row: Pick<ModelRow, "modelId" | "local">, here: Here | undefined): Profile[] {
  const names = [row.modelId, row.local?.localPath];
  return here?.profiles.filter((profile) => names.includes(profile.modelPath)) ?? [];
}

/** Whether one can chat with it. */
export const chats = ({ modelType }: Pick<Characteristics, "modelType">): boolean =>
  modelType === "lm" || modelType === "multimodal";

/** What it is made for, in a word. */
export function kindOf({ modelType, vision }: Characteristics): string {
  switch (modelType) {
    case "whisper":
      return "Speech to Text";
    case "embeddings":
      return "Embeddings";
    case "image-generation":
      return "Image Generation";
    case "image-edit":
      return "Image Editing";
    case "multimodal":
      return vision ? "Vision and Text" : "Multimodal";
    case "lm":
      return "Text";
  }
}

/** How its weights are stored: `4-bit`, `MXFP4`, `BF16`; null when unknown. */
export function precisionOf({ quantization, dtype }: Characteristics): string | null {
  if (quantization) {
    const { mode, bits } = quantization;
    return mode !== null && mode !== "affine" ? mode.toUpperCase() : `${bits}-bit`;
  }
  return dtype === null ? null : dtype.replace("bfloat", "BF").replace("float", "FP");
}

/** Abilities worth a tag, the rarest first. */
export function abilitiesOf(c: Characteristics): Ability[] {
  const has: Record<Ability, boolean> = {
    images: c.imageGeneration,
    embeddings: c.embedding,
    audio: c.audio,
    vision: c.vision,
    thinking: c.thinking,
    tools: c.toolUse,
    MoE: c.mixtureOfExperts,
  };
  return (Object.keys(has) as Ability[]).filter((name) => has[name]);
}
export type Ability = "images" | "embeddings" | "audio" | "vision" | "thinking" | "tools" | "MoE";

/** Ends of names that say how the weights are stored: `-4bit`, `-bf16`, `-MXFP4`, `-4bit-DWQ`, `-q8`. */
const STORED_AS =
  /[-_.](?:(?:int|fp|bf|mxfp|nvfp|q)?\d+(?:\.\d+)?(?:[-_]?bits?)?|mlx|dwq(?:-v\d+)?|awq|gptq|hi|gs\d+|g\d+|mixed(?:_\d+)*)$/i;
/** Ends that look like one but are sizes or versions: `-4b`, `-2507`, `-3.1`. */
const NOT_STORED_AS = /[-_.](?:\d{3,}|\d+(?:\.\d+)*)$/;

/** A model's name without how its weights are stored: the same for all quantizations of it. */
export function baseName(modelId: string): string {
  let name = shortName(modelId);
  for (;;) {
    if (NOT_STORED_AS.test(name)) return name;
    const next = name.replace(STORED_AS, "");
    if (next === name || next === "") return name;
    name = next;
  }
}

/** Other quantizations of a model among search results, small ones first. */
export function siblingsOf(modelId: string, results: readonly ModelSearchResult[]): ModelSearchResult[] {
  const base = baseName(modelId).toLowerCase();
  return results
    .filter((one) => one.modelId !== modelId && baseName(one.modelId).toLowerCase() === base)
    .sort((a, b) => (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity));
}

/** Whether a model's name holds all words of a query, in any order. */
export function matches(modelId: string, query: string): boolean {
  const name = modelId.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.includes(word));
}

/** Rows in the empty search. */
const RECOMMENDED = 5;

/**
 * The first models to try on this machine: of the most downloaded that fit, one of each kind, in the largest quantization that fits: it
 * answers best.
 * @param results that fit, the most downloaded first.
 */
export function recommendedOf(results: readonly ModelSearchResult[]): ModelSearchResult[] {
  const best = new Map<string, ModelSearchResult>();
  for (const one of results) {
    const base = baseName(one.modelId).toLowerCase();
    const known = best.get(base);
    if (!known || (one.sizeBytes ?? 0) > (known.sizeBytes ?? 0)) best.set(base, one);
  }
  return [...best.values()].filter((one) => !one.gated).slice(0, RECOMMENDED);
}
