/**
 * A small agent in a process of its own, to be killed: the real servers service over records in a file.
 * Argument: JSON of {@link ChildTask}. Prints each server as it changes, a line of JSON.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBus, silentLogger, systemClock } from '../../../menubar-agent/src/core/index.js';
import { adapters, type EngineEnvironment } from '../../../menubar-agent/src/engines/index.js';
import {
  ServersService,
  type InstanceRecord,
  type InstancesRepository,
  type LaunchPlan,
} from '../../../menubar-agent/src/servers/index.js';
import { createProcessTable } from '../../../menubar-agent/src/system/index.js';
import { fakeAdapter, type FakeKnobs } from './adapter.js';

export interface ChildTask {
  /** Folder of records and logs. */
  readonly folder: string;
  readonly engineId: string;
  readonly environment: EngineEnvironment;
  readonly modelFolder: string;
  readonly script: string;
  readonly knobs: FakeKnobs;
  readonly profiles: readonly number[];
  readonly spec: LaunchPlan['spec'];
  readonly keepOnTerm: boolean;
}

/** One file a record, replaced whole. */
export class FileInstances implements InstancesRepository {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }
  all(): InstanceRecord[] {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.json'));
    return names.map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8')) as InstanceRecord);
  }
  save(record: InstanceRecord): void {
    const file = join(this.folder, `${record.profileId}.json`);
    writeFileSync(`${file}.new`, JSON.stringify(record));
    renameSync(`${file}.new`, file);
  }
  remove(profileId: number): void {
    rmSync(join(this.folder, `${profileId}.json`), { force: true });
  }
}

async function main(task: ChildTask): Promise<void> {
  const fake = fakeAdapter(() => task.knobs, task.script);
  const find = (id: string) => [...adapters, fake].find((adapter) => adapter.id === id) ?? null;
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.on('server.updated', (server) => process.stdout.write(`${JSON.stringify(server)}\n`));
  const service = new ServersService({
    processes: createProcessTable(),
    instances: new FileInstances(join(task.folder, 'records')),
    bus,
    clock: systemClock,
    logger: silentLogger(),
    logsFolder: join(task.folder, 'logs'),
    settings: { healthCheckInterval: () => 30, startTimeout: () => 60, maxRestarts: () => 3, logMaxMb: () => 10, logKeep: () => 3 },
    prepare: async (profileId) => ({
      profileId,
      profileName: `Profile ${profileId}`,
      modelPath: 'org/model',
      adapter: find(task.engineId)!,
      environment: task.environment,
      spec: task.spec,
      fixedPort: null,
      restartOnCrash: true,
      warnings: [],
    }),
    adapter: find,
    env: process.env,
  });
  process.on('SIGTERM', () => {
    void service.shutdown({ keep: task.keepOnTerm }).then(() => process.exit(0));
  });
  setInterval(() => undefined, 60_000); // an agent listens; this one only stays
  await service.adopt();
  for (const profileId of task.profiles) {
    if (service.get(profileId) === null) await service.start(profileId);
  }
}

// Imported by the tests for its types as well; only the bundle runs it.
if (process.argv[2]?.startsWith('{"folder"')) await main(JSON.parse(process.argv[2]) as ChildTask);
