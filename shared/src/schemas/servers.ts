/** Servers: one running engine process per profile. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { queryInt, timestamp } from './common.js';

export const SERVER_STATES = ['stopped', 'starting', 'healthy', 'unhealthy', 'stopping', 'failed'] as const;
export const serverState = z.enum(SERVER_STATES);
export type ServerState = z.output<typeof serverState>;

export const FAILURE_KINDS = [
  'port_taken',
  'out_of_memory',
  'unsupported_model',
  'model_missing',
  'package_missing',
  'bad_option',
  'timeout',
  'unresponsive',
  'crashed',
] as const;
/** Why a server failed, in words its owner understands. */
export const serverFailure = wireObject(
  {
    kind: z.enum(FAILURE_KINDS),
    message: z.string(),
    action: z.string(),
    /** Last lines of the engine's log. */
    logTail: z.array(z.string()),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
  },
  { id: 'ServerFailure' },
);
export type ServerFailure = z.output<typeof serverFailure>;

export const server = wireObject(
  {
    profileId: z.int(),
    profileName: z.string(),
    modelPath: z.string(),
    engine: z.string(),
    /** Null until the process is spawned. */
    pid: z.int().nullable(),
    /** Port of the engine itself. Clients use the gateway's. */
    port: z.int().nullable(),
    state: serverState,
    /** The seed's name for `state`. */
    healthStatus: serverState,
    managedBy: z.enum(['agent', 'launchd']),
    startedAt: timestamp.nullable(),
    uptimeSeconds: z.number(),
    /** Memory the process tree really takes, MiB: footprint on macOS, PSS on Linux; null while unknown. */
    memoryMb: z.number().nullable(),
    cpuPercent: z.number().nullable(),
    /** Milliseconds the last health check took. */
    responseTimeMs: z.number().nullable(),
    /** Restarts after a crash since the owner started it. */
    restarts: z.int(),
    /** Taken over from an earlier run of the agent. */
    adopted: z.boolean(),
    failure: serverFailure.nullable(),
    warnings: z.array(z.string()),
  },
  { id: 'Server' },
);
export type Server = z.output<typeof server>;

export const serverStarted = wireObject({ pid: z.int().nullable(), port: z.int().nullable(), state: serverState }, { id: 'ServerStarted' });
export const serverStopped = wireObject({ stopped: z.boolean() });
export const serverHealth = wireObject(
  {
    status: serverState,
    responseTimeMs: z.number().nullable(),
    modelLoaded: z.boolean(),
    error: z.string().nullable(),
  },
  { id: 'ServerHealth' },
);
export type ServerHealth = z.output<typeof serverHealth>;

export const LINE_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export const logLine = wireObject(
  {
    /** Grows by one a line; the SSE id. */
    seq: z.int(),
    time: timestamp,
    level: z.enum(LINE_LEVELS),
    text: z.string(),
  },
  { id: 'LogLine' },
);
export type LogLine = z.output<typeof logLine>;

export const logsQuery = wireObject(
  {
    /** Lines of history. */
    lines: queryInt(0, 10_000).default(100),
    /** This level and above. */
    level: z.enum(LINE_LEVELS).optional(),
    /** Only lines holding this text; case does not matter. */
    search: z.string().max(200).optional(),
  },
  { strict: true },
);
export type LogsQuery = z.output<typeof logsQuery>;
export const serverLogs = wireObject({ lines: z.array(logLine) }, { id: 'ServerLogs' });
