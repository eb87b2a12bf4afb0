/** Logs of the servers and of the agent itself, one by one or merged by time. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { queryInt, timestamp } from './common.js';
import { LINE_LEVELS } from './servers.js';

/** The agent's own log among the sources; the others are named by their profile's id. */
export const AGENT_LOG = 'agent';
const SOURCE = '(?:agent|[1-9]\\d{0,14})';
const sourceName = z.string().regex(new RegExp(`^${SOURCE}$`));

export const logSource = wireObject(
  {
    /** `agent`, or the id of the profile whose server writes it. */
    source: sourceName,
    profileId: z.int().nullable(),
    /** The profile's name; `MLX Manager` for the agent. */
    name: z.string(),
    /** The file; what was rotated is beside it as `.1`, `.2` and so on. */
    path: z.string(),
    bytes: z.int(),
  },
  { id: 'LogSource' },
);
export type LogSource = z.output<typeof logSource>;

export const logEntry = wireObject(
  {
    source: sourceName,
    /** Grows by one a line of its source, also over rotations and restarts. */
    seq: z.int(),
    time: timestamp,
    level: z.enum(LINE_LEVELS),
    /** Without escape codes and secrets. An error of the agent has several lines. */
    text: z.string(),
  },
  { id: 'LogEntry' },
);
export type LogEntry = z.output<typeof logEntry>;

export const allLogsQuery = wireObject(
  {
    /** Comma-separated: `agent`, ids of profiles. All that have a log when left out. */
    sources: z
      .string()
      .max(16_000)
      .regex(new RegExp(`^${SOURCE}(?:,${SOURCE})*$`))
      .optional(),
    /** Lines of history, together. */
    lines: queryInt(0, 10_000).default(100),
    /** This level and above. */
    level: z.enum(LINE_LEVELS).optional(),
    /** Only lines holding this text; case does not matter. */
    search: z.string().max(200).optional(),
    /** Comma-separated `SOURCE:SEQ`: the last line one has of a source. Of these sources what follows, up to 10,000 lines each, in place of `lines`. */
    after: z
      .string()
      .max(32_000)
      .regex(new RegExp(`^${SOURCE}:\\d{1,15}(?:,${SOURCE}:\\d{1,15})*$`))
      .optional(),
  },
  { strict: true },
);
export type AllLogsQuery = z.output<typeof allLogsQuery>;
export const allLogs = wireObject(
  {
    lines: z.array(logEntry),
    /** Where each log was read to: as `after`, it goes on from here. */
    positions: z.string(),
  },
  { id: 'Logs' },
);
export type AllLogs = z.output<typeof allLogs>;
