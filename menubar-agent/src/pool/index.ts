/** pool: which engines may be in memory, and who is served next. It alone starts and stops servers. */
export { type Lease } from './book.js';
export { PoolGroups } from './groups.js';
export { Pool } from './pool.js';
export type { Timings } from './timings.js';
export type { Admission, AdmissionRequest, PoolDeps, PoolProfile, PoolSettings, Ticket } from './types.js';
