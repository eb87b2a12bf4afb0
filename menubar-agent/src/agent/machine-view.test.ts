import { jest } from '@jest/globals';
import { z } from 'zod';
import { systemInfo, systemMemory, VERSION, type SystemMemory } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../core/index.js';
import { createMachine, type Machine } from '../system/index.js';
import { MachineView } from './machine-view.js';

const GIB = 2 ** 30;
const versions = { python: '3.12.1', mlx: '0.31.0', mlxLm: '0.32.2', mlxOpenaiServer: null };

/** A Mac, which cannot be had here. */
const mac = (): Machine => ({
  memory: async () => ({ totalBytes: 64 * GIB, availableBytes: 15.996 * GIB }),
  gpu: async () => ({ utilizationPercent: 37, memoryInUseBytes: 5 * GIB }),
  info: async () => ({
    osVersion: 'macOS 26.1',
    platform: 'darwin',
    arch: 'arm64',
    chip: 'Apple M4 Max',
    cores: 16,
    gpuCores: 40,
    memoryBytes: 64 * GIB,
  }),
  recommendedBytes: async () => 48 * GIB,
});

function view(machine: Machine): { shown: MachineView; announced: SystemMemory[]; warnings: unknown[] } {
  const bus = new EventBus((error) => {
    throw error;
  });
  const announced: SystemMemory[] = [];
  bus.on('memory.updated', (memory) => announced.push(memory));
  const logger = silentLogger();
  const warnings: unknown[] = [];
  logger.warn = (...args: unknown[]) => void warnings.push(args);
  return { shown: new MachineView({ machine, bus, logger, engines: { versions: async () => versions } }), announced, warnings };
}

test('memory in the units of the wire; a GPU that does not say stays unknown', async () => {
  const { shown } = view(mac());
  expect(await shown.memory()).toEqual({
    totalGb: 64,
    availableGb: 16,
    usedGb: 48,
    percentUsed: 75,
    mlxRecommendedGb: 48,
    gpu: { utilizationPercent: 37, memoryInUseGb: 5 },
  });
  const dark = view({ ...mac(), gpu: async () => ({ utilizationPercent: null, memoryInUseBytes: null }) });
  expect((await dark.shown.memory()).gpu).toEqual({ utilizationPercent: null, memoryInUseGb: null });
});

test('the machine and the versions', async () => {
  expect(await view(mac()).shown.info()).toEqual({
    osVersion: 'macOS 26.1',
    platform: 'darwin',
    arch: 'arm64',
    chip: 'Apple M4 Max',
    cores: 16,
    gpuCores: 40,
    memoryGb: 64,
    mlxRecommendedGb: 48,
    pythonVersion: '3.12.1',
    mlxVersion: '0.31.0',
    mlxLmVersion: '0.32.2',
    mlxOpenaiServerVersion: null,
    agentVersion: VERSION,
    nodeVersion: process.versions.node,
  });
});

test('this very machine fits the contract', async () => {
  const { shown } = view(createMachine());
  const memory = await shown.memory();
  expect(z.safeEncode(systemMemory, memory).success).toBe(true);
  expect(memory.percentUsed).toBeGreaterThan(0);
  expect(memory.percentUsed).toBeLessThanOrEqual(100);
  expect(z.safeEncode(systemInfo, await shown.info()).success).toBe(true);
});

describe('watching', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('announces while anybody watches; letting go twice counts once', async () => {
    const { shown, announced } = view(mac());
    await jest.advanceTimersByTimeAsync(10_000);
    expect(announced).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
    const [first, second] = [shown.watch(), shown.watch()];
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(6_000);
    expect(announced).toHaveLength(3);
    expect(announced[0]).toMatchObject({ totalGb: 64 });
    first();
    first();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(announced).toHaveLength(4);
    second();
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(announced).toHaveLength(4);
    const again = shown.watch();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(announced).toHaveLength(5);
    again();
  });

  test('a reading that fails is in the log, and the next one is tried', async () => {
    let fails = true;
    const { shown, announced, warnings } = view({
      ...mac(),
      memory: async () => {
        if (fails) throw new Error('vm_stat failed');
        return { totalBytes: GIB, availableBytes: GIB };
      },
    });
    const letGo = shown.watch();
    await jest.advanceTimersByTimeAsync(2_000);
    expect([announced.length, warnings.length]).toEqual([0, 1]);
    fails = false;
    await jest.advanceTimersByTimeAsync(2_000);
    expect([announced.length, warnings.length]).toEqual([1, 1]);
    letGo();
  });
});
