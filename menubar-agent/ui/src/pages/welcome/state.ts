/** Where the first run stands, told from what the agent has. */
import type { DownloadTask, Engine, LocalModel, ModelSearchResult, ModelType, Server } from '@mlx-manager/shared';

const UNDER_WAY: ReadonlySet<string> = new Set(['queued', 'starting', 'downloading', 'paused', 'failed']);
const ALIVE: ReadonlySet<string> = new Set(['starting', 'healthy', 'unhealthy']);

/** One chats with these. */
const chats = ({ characteristics: { modelType } }: Pick<LocalModel, 'characteristics'>): boolean =>
  modelType === 'lm' || modelType === 'multimodal';

/** The engine that serves a kind of models by default. */
export const engineOf = (engines: readonly Engine[], modelType: ModelType): Engine | undefined =>
  engines.find((one) => one.defaultFor.includes(modelType));

/** Models here that one can chat with, the smallest first: it answers soonest. */
export const chatModels = (models: readonly LocalModel[]): LocalModel[] =>
  models.filter((one) => one.complete && chats(one)).sort((a, b) => a.sizeBytes - b.sizeBytes);

export const serverOfModel = (model: LocalModel, servers: readonly Server[], failed = false): Server | null =>
  servers.find(
    (one) => (ALIVE.has(one.state) || (failed && one.state === 'failed')) && [model.modelId, model.localPath].includes(one.modelPath),
  ) ?? null;

/** The model that somebody is about to use already: one that runs, else one on its way. Null: nothing was begun. */
export function initialModel(downloads: readonly DownloadTask[], servers: readonly Server[], models: readonly LocalModel[]): string | null {
  const running = chatModels(models).find((model) => serverOfModel(model, servers) !== null);
  return running?.modelId ?? downloads.find((one) => UNDER_WAY.has(one.status))?.modelId ?? null;
}

/** Models to begin with: they chat by text, which the first engine serves, ask for no terms, and the small ones come first, so that an answer is soon there. At most `count`. */
export function beginnersOf(results: readonly ModelSearchResult[], count = 4): ModelSearchResult[] {
  const fit = results.filter((one) => one.characteristics.modelType === 'lm' && !one.gated && one.sizeBytes !== null && one.fits === true);
  // The most downloaded of them are the ones people found good.
  return fit
    .slice(0, 12)
    .sort((a, b) => (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0))
    .slice(0, count);
}
