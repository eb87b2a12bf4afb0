/** The pool: which models are in memory, and who waits for what. `_gb` is in 2^30 bytes. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { priority, timestamp } from './common.js';
import { profileName } from './profiles.js';
import { serverState } from './servers.js';

/** `together`: members may be loaded at the same time. `one_at_a_time`: never two of them. */
export const GROUP_MODES = ['together', 'one_at_a_time'] as const;

const groupShape = {
  name: profileName,
  profileIds: z
    .array(z.int().positive())
    .max(256)
    .refine((ids) => new Set(ids).size === ids.length, 'may name a profile only once')
    .default([]),
  mode: z.enum(GROUP_MODES).default('together'),
  /** While a member is loaded, no profile outside the group is. */
  exclusive: z.boolean().default(false),
};
export const poolGroup = wireObject({ id: z.int(), ...groupShape }, { id: 'PoolGroup' });
export type PoolGroup = z.output<typeof poolGroup>;
export const poolGroupCreate = wireObject(groupShape, { strict: true, id: 'PoolGroupCreate' });
export type PoolGroupCreate = z.output<typeof poolGroupCreate>;
export const poolGroupUpdate = wireObject(partialShape(groupShape), { strict: true, id: 'PoolGroupUpdate' });
export type PoolGroupUpdate = z.output<typeof poolGroupUpdate>;

const perPriority = wireObject({ interactive: z.int(), normal: z.int(), batch: z.int() });

/** One profile that is in memory, comes, goes, or is waited for. */
export const poolModel = wireObject(
  {
    profileId: z.int(),
    profileName: z.string(),
    state: serverState,
    /** Memory counted for it; null when it is not loaded. */
    memoryGb: z.number().nullable(),
    /** Requests it works on, of at most `limit`. */
    active: z.int(),
    limit: z.int(),
    queued: perPriority,
    queueSize: z.int(),
    /** Milliseconds the one that waits longest has waited; null when none waits. */
    oldestWaitMs: z.number().nullable(),
    /** It takes no new requests: its memory is wanted for another model. */
    draining: z.boolean(),
    idleSince: timestamp.nullable(),
    /** When it is unloaded unless it is used; null never. */
    unloadAt: timestamp.nullable(),
    pinned: z.boolean(),
    managedBy: z.enum(['agent', 'launchd']),
    /** Until when requests get the error of its failed start. */
    coolDownUntil: timestamp.nullable(),
  },
  { id: 'PoolModel' },
);
export type PoolModel = z.output<typeof poolModel>;

/** How a profile is started. `make_room` unloads others, as a request would that asks for it. */
export const startRequest = wireObject({ makeRoom: z.boolean().optional() }, { strict: true, id: 'StartRequest' });

/** What a request waits for: a place at the engine, the model's load, or memory for it. */
export const WAITS_FOR = ['place', 'load', 'memory'] as const;
export const poolWaiter = wireObject(
  {
    requestId: z.string(),
    profileId: z.int(),
    client: z.string().nullable(),
    priority,
    since: timestamp,
    waitingFor: z.enum(WAITS_FOR),
  },
  { id: 'PoolWaiter' },
);
export type PoolWaiter = z.output<typeof poolWaiter>;

export const poolStatus = wireObject(
  {
    /** What models may take together, and what is counted for those that are loaded. */
    budgetGb: z.number(),
    leasedGb: z.number(),
    /** Percent of the machine's memory in use; null when it cannot be read. */
    memoryPercent: z.number().nullable(),
    evictPercent: z.int(),
    refusePercent: z.int(),
    models: z.array(poolModel),
    /** Requests that wait, all of them. */
    waitingCount: z.int(),
    /** The first of them, by the order in which they get their turn. */
    waiting: z.array(poolWaiter),
  },
  { id: 'PoolStatus' },
);
export type PoolStatus = z.output<typeof poolStatus>;
