/** A servers service on stand-in engines, for tests: real processes, real files, a repository that is a map. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventType, Server } from '@mlx-manager/shared';
import { EventBus, silentLogger, systemClock } from '../../../menubar-agent/src/core/index.js';
import { createProcessTable } from '../../../menubar-agent/src/system/index.js';
import {
  ServersService,
  type InstanceRecord,
  type InstancesRepository,
  type LaunchPlan,
  type ServersDeps,
  type ServersSettings,
  type Timings,
} from '../../../menubar-agent/src/servers/index.js';
import { fakeAdapter, type FakeKnobs } from './adapter.js';

/** Short where only waiting is done, so that tests are quick; long where a busy machine could be too slow: who tests that silence is noticed says how long it lasts. */
export const quickTimings: Partial<Timings> = {
  stopGrace: 400,
  leftoverGrace: 100,
  killWait: 5_000,
  readinessPollMin: 10,
  readinessPollMax: 50,
  healthTimeout: 5_000,
  probeTimeout: 5_000,
  recheck: 50,
  adoptGrace: 10_000,
  backoffMin: 20,
  backoffMax: 100,
  metricsInterval: 50,
  logQuiet: 30,
};

export class MemoryInstances implements InstancesRepository {
  readonly records = new Map<number, InstanceRecord>();
  /** Every record that was ever saved, oldest first. */
  readonly saved: InstanceRecord[] = [];
  all(): InstanceRecord[] {
    return [...this.records.values()];
  }
  save(record: InstanceRecord): void {
    this.records.set(record.profileId, record);
    this.saved.push(record);
  }
  remove(profileId: number): void {
    this.records.delete(profileId);
  }
}

export interface HouseOptions {
  knobs?: (start: number) => FakeKnobs;
  plan?: Partial<LaunchPlan>;
  settings?: Partial<{ [K in keyof ServersSettings]: number }>;
  timings?: Partial<Timings>;
  deps?: Partial<ServersDeps>;
}

export const lineQuery = (lines = 1000): { lines: number } => ({ lines });

/** One service with its surroundings. `close` ends every process it ever started. */
export class House {
  readonly folder: string;
  readonly logsFolder: string;
  readonly bus = new EventBus((error) => {
    throw error;
  });
  readonly instances = new MemoryInstances();
  readonly processes = createProcessTable();
  readonly events: { type: EventType; data: unknown }[] = [];
  readonly deps: ServersDeps;
  readonly service: ServersService;
  readonly settings: Record<keyof ServersSettings, number>;
  starts = 0;
  knobs: (start: number) => FakeKnobs;
  plan: Partial<LaunchPlan>;

  constructor(options: HouseOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'mlx-manager-servers-'));
    this.logsFolder = join(this.folder, 'logs');
    this.knobs = options.knobs ?? (() => ({}));
    this.plan = options.plan ?? {};
    this.settings = { healthCheckInterval: 30, startTimeout: 20, maxRestarts: 3, logMaxMb: 10, logKeep: 3, ...options.settings };
    this.bus.onAny(({ type, data }) => this.events.push({ type, data }));
    const adapter = fakeAdapter(() => this.knobs(++this.starts));
    const get = (key: keyof ServersSettings) => (): number => this.settings[key];
    this.deps = {
      processes: this.processes,
      instances: this.instances,
      bus: this.bus,
      clock: systemClock,
      logger: silentLogger(),
      logsFolder: this.logsFolder,
      settings: {
        healthCheckInterval: get('healthCheckInterval'),
        startTimeout: get('startTimeout'),
        maxRestarts: get('maxRestarts'),
        logMaxMb: get('logMaxMb'),
        logKeep: get('logKeep'),
      },
      prepare: async (profileId) => ({ ...fakePlan(profileId, this.folder), adapter, ...this.plan }),
      adapter: (id) => (id === 'fake' ? adapter : null),
      env: process.env,
      timings: { ...quickTimings, ...options.timings },
      ...options.deps,
    };
    this.service = new ServersService(this.deps);
  }

  /** Waits until a server looks as wanted, by its events. */
  async until(profileId: number, wanted: (server: Server) => boolean, limit = 25_000): Promise<Server> {
    const now = this.service.get(profileId);
    if (now !== null && wanted(now)) return now;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`the server did not get there; it is ${JSON.stringify(this.service.get(profileId))}`));
      }, limit);
      const stop = this.bus.on('server.updated', (server) => {
        if (server.profileId !== profileId || !wanted(server)) return;
        clearTimeout(timer);
        stop();
        resolve(server);
      });
    });
  }

  /** Starts a profile and waits until it is healthy. */
  async run(profileId = 1): Promise<Server> {
    await this.service.start(profileId);
    await this.service.whenReady(profileId);
    return this.service.get(profileId)!;
  }

  baseUrl(profileId = 1): string {
    return this.service.target(profileId)!.baseUrl;
  }

  states(profileId = 1): string[] {
    const states: string[] = [];
    for (const { type, data } of this.events) {
      const state = type === 'server.updated' ? (data as Server).state : type === 'server.removed' ? 'removed' : null;
      if (state !== null && (data as Server).profileId === profileId && states.at(-1) !== state) states.push(state);
    }
    return states;
  }

  /** Processes that carry a UUID this house ever gave out. */
  async leftovers(): Promise<number[]> {
    const instances = new Set(this.instances.saved.map(({ instance }) => instance));
    const found = await Promise.all([...instances].map((instance) => this.processes.findInstance(instance)));
    return found.flat().map(({ pid }) => pid);
  }

  async close(): Promise<void> {
    await this.service.shutdown({ keep: false });
    for (const pid of await this.leftovers()) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A plan for the stand-in. */
export function fakePlan(profileId: number, folder: string): Omit<LaunchPlan, 'adapter'> {
  return {
    profileId,
    profileName: `Profile ${profileId}`,
    modelPath: 'org/fake-model',
    environment: { root: folder, python: process.execPath },
    fixedPort: null,
    restartOnCrash: true,
    warnings: [],
    spec: {
      modelFolder: join(folder, 'model'),
      modelName: 'fake-model',
      modelType: 'lm',
      host: '127.0.0.1',
      port: 0,
      contextLength: null,
      maxConcurrency: null,
      queueTimeout: 300,
      queueSize: 100,
      toolCallParser: null,
      reasoningParser: null,
      enableAutoToolChoice: false,
      trustRemoteCode: false,
      chatTemplateFile: null,
      logLevel: 'INFO',
      logFile: null,
      sampling: {},
      extraArgs: [],
    },
  };
}

/** Tries until it is so, for things no event announces. */
export async function eventually<T>(read: () => T | Promise<T>, wanted: (value: T) => boolean, limit = 25_000): Promise<T> {
  const deadline = Date.now() + limit;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`it did not come to be; the last value was ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
