/** Engines: the real servers that load models, each in an environment of its own. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { modelType, taskError, timestamp } from './common.js';

export const ENGINE_STATES = ['missing', 'installing', 'installed', 'broken'] as const;

export const engineCapabilities = wireObject({
  modelTypes: z.array(modelType),
  /** Serves several requests in one batch. */
  continuousBatching: z.boolean(),
  tools: z.boolean(),
  reasoning: z.boolean(),
  embeddings: z.boolean(),
  audio: z.boolean(),
  images: z.boolean(),
  /** `/v1/…` endpoints the engine answers itself. */
  endpoints: z.array(z.string()),
});
export type EngineCapabilities = z.output<typeof engineCapabilities>;

export const engine = wireObject(
  {
    id: z.string(),
    name: z.string(),
    state: z.enum(ENGINE_STATES),
    /** Installed version of the engine's package. */
    version: z.string().nullable(),
    /** The version this release of MLX Manager installs. */
    pinnedVersion: z.string(),
    upgradeAvailable: z.boolean(),
    /** Version of the environment's Python. */
    python: z.string().nullable(),
    /** Pythons the engine runs on, e.g. `>=3.10 <3.13`. */
    pythonRange: z.string(),
    sizeBytes: z.number().nullable(),
    path: z.string(),
    defaultFor: z.array(modelType),
    capabilities: engineCapabilities,
    /** Profile options this engine has no equivalent for: they are said, not dropped silently. */
    unsupportedOptions: z.array(z.string()),
    /** The installer's newest line while it works. */
    progress: z.string().nullable(),
    error: taskError.nullable(),
  },
  { id: 'Engine' },
);
export type Engine = z.output<typeof engine>;

export const engineIdParams = wireObject({ engineId: z.string().max(64) });

/** A line of an installer. */
export const installLine = wireObject({ engineId: z.string(), time: timestamp, text: z.string() }, { id: 'InstallLine' });
export type InstallLine = z.output<typeof installLine>;
