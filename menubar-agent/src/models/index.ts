/** models: the catalogue: search, what a model can do, what is here, what it will need. */
export { Catalogue, type CatalogueDeps } from './catalogue.js';
export { describeModel, type ModelFacts } from './characteristics.js';
export { decimalGb, LocalModels, type LocalModelsDeps } from './local-models.js';
export { estimatedSizeGb, estimateMemory } from './memory-estimate.js';
export { buildStarter, STARTER } from './starter/index.js';
export type { SearchPage } from './search.js';
