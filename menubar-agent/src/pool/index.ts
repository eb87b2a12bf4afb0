/** pool: which engines may be in memory. It alone starts and stops servers. */
export { Pool, type Lease, type PoolDeps } from './pool.js';
export type { Admission, AdmissionRequest, Ticket } from './types.js';
