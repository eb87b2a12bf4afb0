/** Models as rows: what is on the hub, what is here, and what is under way. */
import type { Characteristics, DownloadTask, LocalModel, ModelSearchResult, Profile, Server } from '@mlx-manager/shared';
import { shortName } from '../../lib/bring-up.js';
import { count } from '../../lib/format.js';

/** What this machine has. */
export interface Here {
  readonly models: readonly LocalModel[];
  readonly downloads: readonly DownloadTask[];
  readonly servers: readonly Server[];
  readonly profiles: readonly Profile[];
}

/** A model on this machine or the hub; figures that only one of them knows are null. */
export interface ModelRow {
  /** Hub id, or the absolute path of a folder. */
  readonly modelId: string;
  /** Bytes in the repository, or on the disk where it is here. */
  readonly sizeBytes: number | null;
  /** Bytes of memory it will take, about. */
  readonly needsBytes: number | null;
  /** Null for a download of which nothing else is known. */
  readonly characteristics: Characteristics | null;
  readonly gated: boolean;
  readonly hub: ModelSearchResult | null;
  readonly local: LocalModel | null;
}

/** What becomes of a model on this machine. */
export type ModelState =
  | { kind: 'absent' }
  | { kind: 'incomplete' }
  | { kind: 'downloading' | 'paused' | 'failed'; task: DownloadTask }
  | { kind: 'here' }
  | { kind: 'running'; server: Server };

const UNDER_WAY: ReadonlySet<string> = new Set(['queued', 'starting', 'downloading']);
const ALIVE: ReadonlySet<string> = new Set(['starting', 'healthy', 'unhealthy']);

export const isFolder = (modelId: string): boolean => modelId.startsWith('/');
/** Who published it, or the folder it lies in. */
export const ownerOf = (modelId: string): string => modelId.slice(0, -shortName(modelId).length).replace(/\/+$/, '');
/** The model's page in this window. */
export const pageOf = (modelId: string): string => `/models/${encodeURIComponent(modelId)}`;

export function rowOfLocal(local: LocalModel): ModelRow {
  const { modelId, sizeBytes, characteristics, memory } = local;
  return { modelId, sizeBytes, needsBytes: memory.totalBytes, characteristics, gated: false, hub: null, local };
}

/** A fifth more than the weights, as the agent counts it before it has read the config. */
export const needsOf = ({ sizeBytes }: Pick<ModelSearchResult, 'sizeBytes'>): number | null =>
  sizeBytes === null ? null : sizeBytes * 1.2;

export function rowOfHub(hub: ModelSearchResult, here: Pick<Here, 'models'>): ModelRow {
  const { modelId, sizeBytes, characteristics, gated } = hub;
  const local = here.models.find((model) => model.modelId === modelId) ?? null;
  return { modelId, sizeBytes, needsBytes: needsOf(hub), characteristics, gated, hub, local };
}

/** The newest task of a model. */
export const taskOf = (modelId: string, here: Pick<Here, 'downloads'>): DownloadTask | undefined =>
  here.downloads.filter((task) => task.modelId === modelId).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))[0];

const names = (row: Pick<ModelRow, 'modelId' | 'local'>): (string | undefined)[] => [row.modelId, row.local?.localPath];

/** The server that has a model in memory, or is about to; with `failed` one that could not. */
export const serverOf = (row: Pick<ModelRow, 'modelId' | 'local'>, here: Pick<Here, 'servers'>, failed = false): Server | undefined =>
  here.servers.find((server) => (failed ? server.state === 'failed' : ALIVE.has(server.state)) && names(row).includes(server.modelPath));

/** What becomes of a model: what moves stands over what rests. */
export function stateOf(row: Pick<ModelRow, 'modelId' | 'local'>, here: Here): ModelState {
  const task = taskOf(row.modelId, here);
  if (task && UNDER_WAY.has(task.status)) return { kind: 'downloading', task };
  const server = serverOf(row, here);
  if (server) return { kind: 'running', server };
  if (row.local?.complete) return { kind: 'here' };
  if (task?.status === 'paused' || task?.status === 'failed') return { kind: task.status, task };
  return { kind: row.local ? 'incomplete' : 'absent' };
}

/** Rows of what is being downloaded, paused or failed, the newest first: they stand on top. @param known rows that say more of them. */
export function activeRows(here: Here, known: readonly ModelRow[]): ModelRow[] {
  const ids = [...here.downloads].sort((a, b) => b.createdAt.localeCompare(a.createdAt)).map((task) => task.modelId);
  return [...new Set(ids)].flatMap((modelId) => {
    const local = here.models.find((model) => model.modelId === modelId) ?? null;
    const state = stateOf({ modelId, local }, here);
    if (!('task' in state)) return [];
    const row = known.find((one) => one.modelId === modelId) ?? (local && rowOfLocal(local));
    return [row ?? { modelId, sizeBytes: state.task.totalBytes, needsBytes: null, characteristics: null, gated: false, hub: null, local }];
  });
}

/** Whether one can chat with it. */
export const chats = ({ modelType }: Pick<Characteristics, 'modelType'>): boolean => modelType === 'lm' || modelType === 'multimodal';

/** What it is made for, in a word. */
export function kindOf({ modelType, vision }: Pick<Characteristics, 'modelType' | 'vision'>): string {
  switch (modelType) {
    case 'whisper':
      return 'Speech to text';
    case 'embeddings':
      return 'Embeddings';
    case 'image-generation':
      return 'Image generation';
    case 'image-edit':
      return 'Image editing';
    case 'multimodal':
      return vision ? 'Vision and text' : 'Multimodal';
    case 'lm':
      return 'Text';
  }
}

/** How its weights are stored: `4-bit`, `MXFP4`, `BF16`; null when unknown. */
export function precisionOf({ quantization, dtype }: Pick<Characteristics, 'quantization' | 'dtype'>): string | null {
  if (quantization) {
    const { mode, bits } = quantization;
    return mode !== null && mode !== 'affine' ? mode.toUpperCase() : `${bits}-bit`;
  }
  return dtype === null ? null : dtype.replace('bfloat', 'BF').replace('float', 'FP');
}

/** Tokens in short, in the units that contexts are made in: 32768 is `32k`. */
export const contextWords = (tokens: number): string => (tokens % 1024 === 0 ? `${tokens / 1024}k` : count(tokens));

/** Abilities worth a badge, the rarest first. */
export function abilitiesOf(c: Characteristics): string[] {
  const has: readonly [string, boolean][] = [
    ['images', c.imageGeneration],
    ['embeddings', c.embedding && c.modelType !== 'embeddings'],
    ['audio', c.audio],
    ['vision', c.vision],
    ['thinking', c.thinking],
    ['tools', c.toolUse],
    ['MoE', c.mixtureOfExperts],
  ];
  return has.filter(([, yes]) => yes).map(([name]) => name);
}

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
    const next = name.replace(STORED_AS, '');
    if (next === name || next === '') return name;
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
export const matches = (modelId: string, query: string): boolean =>
  query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => modelId.toLowerCase().includes(word));

/**
 * The first models to try on this machine: of the most downloaded that fit, one of each kind, in the largest quantization that fits: it
 * answers best.
 * @param results that fit, the most downloaded first.
 */
export function recommendedOf(results: readonly ModelSearchResult[], count = 5): ModelSearchResult[] {
  const best = new Map<string, ModelSearchResult>();
  for (const one of results) {
    const base = baseName(one.modelId).toLowerCase();
    const known = best.get(base);
    if (!known || (one.sizeBytes ?? 0) > (known.sizeBytes ?? 0)) best.set(base, one);
  }
  return [...best.values()].filter((one) => !one.gated).slice(0, count);
}

export const LOCAL_SORTS = ['size', 'used', 'name'] as const;
export type LocalSort = (typeof LOCAL_SORTS)[number];

/** Downloaded models in an order; those never used come last. */
export function sorted(models: readonly LocalModel[], by: LocalSort): LocalModel[] {
  const name = (a: LocalModel, b: LocalModel): number => shortName(a.modelId).localeCompare(shortName(b.modelId));
  return [...models].sort((a, b) => {
    if (by === 'size') return b.sizeBytes - a.sizeBytes || name(a, b);
    if (by === 'used') return (b.lastUsedAt ?? '').localeCompare(a.lastUsedAt ?? '') || name(a, b);
    return name(a, b);
  });
}
