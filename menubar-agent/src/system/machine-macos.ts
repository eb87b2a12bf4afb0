/**
 * The machine by `sysctl`, `vm_stat`, `sw_vers` and `ioreg`. Not yet verified on a Mac: built on manual pages and on samples from
 * public sources (fixtures/README.md).
 */
import { arch } from 'node:os';
import { AgentError } from '@mlx-manager/shared';
import { once } from './once.js';
import type { Run } from './run.js';
import type { GpuReading, Machine } from './types.js';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** `-d 1`: only the accelerator itself; `-w 0`: no line is cut. */
const IOREG_ARGS = ['-r', '-c', 'IOAccelerator', '-d', '1', '-w', '0'];

/** @param run how commands are run; another one in tests. */
export function macosMachine(run: Run): Machine {
  async function output(file: string, ...args: string[]): Promise<string> {
    const result = await run(file, args);
    // sysctl exits 1 when one of several names is unknown, and still answers the others.
    if (result.stdout === '') throw new AgentError('INTERNAL', {}, { cause: new Error(`${file} said nothing: ${result.stderr}`) });
    return result.stdout;
  }

  const accelerator = async (): Promise<string> => (await run('/usr/sbin/ioreg', IOREG_ARGS)).stdout;
  const hardware = once(async () => {
    const values = parseSysctl(await output('/usr/sbin/sysctl', 'hw.memsize', 'hw.ncpu', 'machdep.cpu.brand_string'));
    return {
      memoryBytes: Number(values.get('hw.memsize')),
      cores: Number(values.get('hw.ncpu')),
      chip: values.get('machdep.cpu.brand_string') ?? 'Mac',
    };
  });

  return {
    async memory() {
      const [{ memoryBytes }, statistics] = await Promise.all([hardware(), output('/usr/bin/vm_stat')]);
      return { totalBytes: memoryBytes, availableBytes: Math.max(0, memoryBytes - parseVmStat(statistics)) };
    },
    gpu: async () => parseIoreg(await accelerator()),
    info: once(async () => {
      const [{ memoryBytes, cores, chip }, version, registry] = await Promise.all([
        hardware(),
        output('/usr/bin/sw_vers', '-productVersion'),
        accelerator(),
      ]);
      return {
        osVersion: `macOS ${version.trim()}`,
        platform: 'darwin',
        arch: arch(),
        chip,
        cores,
        gpuCores: integer(registry, 'gpu-core-count', ' = '),
        memoryBytes,
      };
    }),
    async recommendedBytes() {
      const [{ memoryBytes }, limit] = await Promise.all([hardware(), run('/usr/sbin/sysctl', ['iogpu.wired_limit_mb'])]);
      // Not remembered: the owner may set it at any time. Unknown to Macs with Intel chips and before macOS 14.
      return recommendedWorkingSet(memoryBytes, Number(parseSysctl(limit.stdout).get('iogpu.wired_limit_mb') ?? 0));
    },
  };
}

/**
 * Metal's `recommendedMaxWorkingSetSize`, which only Metal itself can tell for certain. It follows `iogpu.wired_limit_mb` when
 * the owner set it (AlexsJones/llmfit PR 754, antirez/ds4 PR 893). Else two thirds of the memory (10.67 of 16 GiB: exo-explore/exo
 * PR 1672), from above 36 GiB three quarters (gpustack issue 1375). Newer macOS allows more (11.84 of 16 GiB: llmfit; 17.76 of
 * 24 GiB: sglang PR 29949; 107.52 of 128 GiB: ds4): we stay on the careful side, because exceeding it can panic the machine.
 * @param wiredLimitMb 0 when macOS decides.
 */
export function recommendedWorkingSet(memoryBytes: number, wiredLimitMb: number): number {
  if (wiredLimitMb > 0) return Math.min(memoryBytes, wiredLimitMb * MIB);
  return Math.floor(memoryBytes * (memoryBytes <= 36 * GIB ? 2 / 3 : 3 / 4));
}

/** `name: value` lines of `sysctl`. */
export function parseSysctl(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^([\w.]+): (.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/**
 * Memory in use, from `vm_stat`: what apps hold and cannot be thrown away, wired, and the compressor's: Activity Monitor's
 * "Memory Used" (eneskirca/nodeterm PR 139, ThatOneCalculator/NerdFetch PR 64). Inactive pages are not free: most are in use. Bytes.
 */
export function parseVmStat(text: string): number {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1] ?? 16_384);
  const pages = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)\\.`, 'm').exec(text)?.[1] ?? 0);
  const app = Math.max(0, pages('Anonymous pages') - pages('Pages purgeable'));
  return (app + pages('Pages wired down') + pages('Pages occupied by compressor')) * pageBytes;
}

/** The accelerator's own statistics in `ioreg`; null for what is not there. */
export function parseIoreg(text: string): GpuReading {
  return { utilizationPercent: integer(text, 'Device Utilization %', '='), memoryInUseBytes: integer(text, 'In use system memory', '=') };
}

/** With its closing quote: there is an `"In use system memory (driver)"` too. */
function integer(text: string, key: string, equals: string): number | null {
  const value = new RegExp(`"${key}"${equals}(\\d+)`).exec(text)?.[1];
  return value === undefined ? null : Number(value);
}
