/** The machine as the API shows it. */
import { VERSION, type SystemInfo, type SystemMemory } from '@mlx-manager/shared';
import type { EventBus, Logger } from '../core/index.js';
import type { EngineService } from '../engines/index.js';
import type { Machine } from '../system/index.js';

const GIB = 2 ** 30;
/** How often memory is read while somebody watches, milliseconds. */
const WATCH_MS = 2000;

const gib = (bytes: number): number => Math.round((bytes / GIB) * 100) / 100;

export class MachineView {
  #watchers = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly deps: { machine: Machine; engines: Pick<EngineService, 'versions'>; bus: EventBus; logger: Logger }) {}

  /** Memory and GPU now. */
  async memory(): Promise<SystemMemory> {
    const { machine } = this.deps;
    const [memory, gpu, recommended] = await Promise.all([machine.memory(), machine.gpu(), machine.recommendedBytes()]);
    const used = memory.totalBytes - memory.availableBytes;
    return {
      totalGb: gib(memory.totalBytes),
      availableGb: gib(memory.availableBytes),
      usedGb: gib(used),
      percentUsed: Math.round((used / memory.totalBytes) * 1000) / 10,
      mlxRecommendedGb: gib(recommended),
      gpu: { utilizationPercent: gpu.utilizationPercent, memoryInUseGb: gpu.memoryInUseBytes === null ? null : gib(gpu.memoryInUseBytes) },
    };
  }

  /** Machine and versions. */
  async info(): Promise<SystemInfo> {
    const { machine, engines } = this.deps;
    const [info, recommended, versions] = await Promise.all([machine.info(), machine.recommendedBytes(), engines.versions()]);
    return {
      osVersion: info.osVersion,
      platform: info.platform,
      arch: info.arch,
      chip: info.chip,
      cores: info.cores,
      gpuCores: info.gpuCores,
      memoryGb: gib(info.memoryBytes),
      mlxRecommendedGb: gib(recommended),
      pythonVersion: versions.python,
      mlxVersion: versions.mlx,
      mlxLmVersion: versions.mlxLm,
      mlxOpenaiServerVersion: versions.mlxOpenaiServer,
      agentVersion: VERSION,
      nodeVersion: process.versions.node,
    };
  }

  /** Announces memory every two seconds until let go. With no watcher nothing runs. */
  watch(): () => void {
    this.#watchers++;
    this.#timer ??= setInterval(() => void this.#announce(), WATCH_MS).unref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#watchers--;
      if (this.#watchers === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  async #announce(): Promise<void> {
    try {
      this.deps.bus.emit('memory.updated', await this.memory());
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'memory cannot be read');
    }
  }
}
