/** The machine, launchd, the agent itself. Memory named `_gb` is in 2^30 bytes, as Apple labels its machines. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { timestamp } from './common.js';

export const gpuStatus = wireObject({
  /** Percent; null where there is no GPU that says. */
  utilizationPercent: z.number().nullable(),
  memoryInUseGb: z.number().nullable(),
});
export const systemMemory = wireObject(
  {
    totalGb: z.number(),
    availableGb: z.number(),
    usedGb: z.number(),
    percentUsed: z.number(),
    /** What models may take together: Metal's recommended working set, else a share of the total. */
    mlxRecommendedGb: z.number(),
    gpu: gpuStatus,
  },
  { id: 'SystemMemory' },
);
export type SystemMemory = z.output<typeof systemMemory>;

export const systemInfo = wireObject(
  {
    osVersion: z.string(),
    platform: z.string(),
    arch: z.string(),
    chip: z.string(),
    cores: z.int(),
    gpuCores: z.int().nullable(),
    memoryGb: z.number(),
    mlxRecommendedGb: z.number(),
    pythonVersion: z.string().nullable(),
    mlxVersion: z.string().nullable(),
    mlxLmVersion: z.string().nullable(),
    mlxOpenaiServerVersion: z.string().nullable(),
    agentVersion: z.string(),
    nodeVersion: z.string(),
  },
  { id: 'SystemInfo' },
);
export type SystemInfo = z.output<typeof systemInfo>;

export const launchdInstalled = wireObject({ plistPath: z.string(), label: z.string() });
export const launchdStatus = wireObject(
  {
    installed: z.boolean(),
    running: z.boolean(),
    pid: z.int().nullable(),
    label: z.string(),
    plistPath: z.string(),
    lastExitCode: z.int().nullable(),
  },
  { id: 'LaunchdStatus' },
);
export type LaunchdStatus = z.output<typeof launchdStatus>;

export const agentHealth = wireObject(
  { status: z.enum(['ok', 'stopping']), name: z.literal('mlx-manager'), version: z.string() },
  { id: 'AgentHealth' },
);
export const agentStatus = wireObject(
  {
    version: z.string(),
    pid: z.int(),
    port: z.int(),
    startedAt: timestamp,
    uptimeSeconds: z.number(),
    home: z.string(),
    baseUrl: z.string(),
    apiUrl: z.string(),
    /** Base URLs of `/v1` for clients on other machines; none while it listens on this one alone. */
    sharedUrls: z.array(z.string()).default([]),
    /** Memory of the agent's own process, MiB, without its engines; null when an older agent does not say. */
    memoryMb: z.number().nullable().default(null),
    servers: z.int(),
    downloads: z.int(),
    localModels: z.int(),
  },
  { id: 'AgentStatus' },
);
export type AgentStatus = z.output<typeof agentStatus>;

/** Ends the agent; `keep_servers` leaves the engines running for the next one, whatever the setting says. */
export const shutdownRequest = wireObject({ keepServers: z.boolean().optional() }, { strict: true });
export const sessionLink = wireObject({ url: z.string(), expiresAt: timestamp });
