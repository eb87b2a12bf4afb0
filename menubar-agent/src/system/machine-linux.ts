/** The machine by /proc and the limits of its control group (a container has less memory than its host). */
import { arch, cpus, release } from 'node:os';
import { once } from './once.js';
import { readText } from './proc-files.js';
import type { Machine, MemoryReading } from './types.js';

/**
 * @param root prefix of /proc and /sys; another one in tests.
 * @param percent of the memory that models may take: Metal gives no advice here.
 */
export function linuxMachine(root = '', percent: () => number = () => 80): Machine {
  async function memory(): Promise<MemoryReading> {
    const [host, limits] = await Promise.all([readText(`${root}/proc/meminfo`), readLimits(root)]);
    const totals = [kilobytes(host ?? '', 'MemTotal'), ...limits.map((limit) => limit.limitBytes)];
    const available = [kilobytes(host ?? '', 'MemAvailable'), ...limits.map((limit) => Math.max(0, limit.limitBytes - limit.usedBytes))];
    const totalBytes = Math.min(...totals);
    return { totalBytes, availableBytes: Math.min(totalBytes, ...available) };
  }

  return {
    memory,
    // No source here is worth a figure: MLX runs on the CPU on Linux.
    gpu: () => Promise.resolve({ utilizationPercent: null, memoryInUseBytes: null }),
    info: once(async () => {
      const [osRelease, cpuinfo, { totalBytes }] = await Promise.all([
        readText(`${root}/etc/os-release`),
        readText(`${root}/proc/cpuinfo`),
        memory(),
      ]);
      return {
        osVersion: /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease ?? '')?.[1] ?? `Linux ${release()}`,
        platform: 'linux',
        arch: arch(),
        chip: chipName(cpuinfo ?? '') ?? `${arch()} processor`,
        cores: cpus().length,
        gpuCores: null,
        memoryBytes: totalBytes,
      };
    }),
    recommendedBytes: async () => Math.floor(((await memory()).totalBytes * percent()) / 100),
  };
}

/** Name of the processor in /proc/cpuinfo; `unknown` and absent (ARM) give null. */
function chipName(cpuinfo: string): string | null {
  const name = /^(?:model name|Model|Hardware)\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]?.trim();
  return name === undefined || name === 'unknown' ? null : name;
}

function kilobytes(meminfo: string, key: string): number {
  const value = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  return value === undefined ? 0 : Number(value) * 1024;
}

interface GroupLimit {
  readonly limitBytes: number;
  readonly usedBytes: number;
}

/**
 * Limits of this process's control group and of each one above it: the strictest counts. Files: the kernel's
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. Page cache that can be dropped is not counted as used.
 */
async function readLimits(root: string): Promise<GroupLimit[]> {
  const membership = (await readText(`${root}/proc/self/cgroup`)) ?? '';
  const lines = membership.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const limits: GroupLimit[] = [];
  for (const line of lines) {
    const [controllers, path] = [line?.[1], line?.[2] ?? '/'];
    const version2 = controllers === '';
    if (!version2 && controllers?.split(',').includes('memory') !== true) continue;
    const base = version2 ? `${root}/sys/fs/cgroup` : `${root}/sys/fs/cgroup/memory`;
    // A container sees its host's path but only its own part of the tree: folders that are not there are skipped on the way up.
    for (const folder of [...ancestors(path), '']) {
      const limit = await readLimit(`${base}${folder}`, version2);
      if (limit !== null) limits.push(limit);
    }
  }
  return limits;
}

/** `/a/b` → `/a/b`, `/a`. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`);
}

async function readLimit(folder: string, version2: boolean): Promise<GroupLimit | null> {
  const [limitText, usedText, stat] = await Promise.all(
    (version2 ? ['memory.max', 'memory.current', 'memory.stat'] : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'memory.stat']).map(
      (name) => readText(`${folder}/${name}`),
    ),
  );
  const limit = Number(limitText ?? 'max');
  // "max" in version 2; in version 1 no limit is a number near 2^63.
  if (!Number.isSafeInteger(limit) || limit <= 0) return null;
  const cache = new RegExp(`^${version2 ? '' : 'total_'}inactive_file (\\d+)$`, 'm').exec(stat ?? '')?.[1];
  return { limitBytes: limit, usedBytes: Math.max(0, Number(usedText ?? 0) - Number(cache ?? 0)) };
}
