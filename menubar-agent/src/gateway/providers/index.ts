/** Providers: servers that may answer in this machine's place, asked in their own protocols. */
export type { PassedRequest, ProviderAnswer } from './ask.js';
export { PassReader } from './pass-reader.js';
export { Providers, type ProvidersDeps } from './service.js';
