/** metering: what every request took, kept, totalled, exported, and watched for what needs the owner's eye. */
export type { CountPrompt, CountTokens } from './token-count.js';
export { exportText, toRecord } from './export.js';
export type { LiveNews } from './live.js';
export { conditionsOf, Metering } from './metering.js';
export type { MeteringDeps } from './types.js';
