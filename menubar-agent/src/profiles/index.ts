/** profiles: named configurations, their ports and checks, and what an engine is told from them. */
export type { CheckedField, Problem } from './checks.js';
export { adapterOf, toLaunchSpec } from './launch-spec.js';
export { checkInside, checkModelFolder, parseModelPath, type ModelReference } from './model-path.js';
export { ProfilesService, type ProfilesDeps } from './service.js';
