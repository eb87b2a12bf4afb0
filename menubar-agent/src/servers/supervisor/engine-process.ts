/** A running engine: one that was spawned here, or one that an earlier agent left behind. */
import { randomUUID } from 'node:crypto';
import type { Logger } from '../../core/index.js';
import type { LaunchSpec } from '../../engines/index.js';
import type { ProcessIdentity } from '../../system/index.js';
import type { ServerLog } from '../logs/server-log.js';
import type { InstanceRecord, LaunchPlan, ServersDeps } from '../types.js';
import { LivenessWatch } from './liveness.js';
import { choosePort, plainHost } from './ports.js';
import { engineEnvironment, spawnEngine, type ProcessEnd } from './spawn.js';

export interface EngineProcess {
  readonly identity: ProcessIdentity;
  readonly instance: string;
  readonly spec: LaunchSpec;
  readonly ended: Promise<ProcessEnd>;
  /** Asks whether it lives, where its end is not reported by the system. */
  check(): Promise<boolean>;
  /** No longer watches it. */
  release(): void;
}

export interface LaunchContext {
  readonly deps: ServersDeps;
  readonly logger: Logger;
  readonly log: ServerLog;
  /** Ports given to starts under way. */
  readonly reservedPorts: Set<number>;
}

/** What changes from launch to launch of one server. */
export interface LaunchState {
  readonly restarts: number;
  readonly startedAt: number;
}

/**
 * Writes the instance down, spawns it, and writes down which process it became.
 * @throws the system's error when the program cannot be run; the record is gone then.
 */
export async function launch(
  plan: LaunchPlan,
  state: LaunchState,
  context: LaunchContext,
): Promise<{ process: EngineProcess; record: InstanceRecord }> {
  const { deps, log, reservedPorts } = context;
  const host = plainHost(plan.spec.host);
  const port = plan.fixedPort ?? (await choosePort(host, reservedPorts));
  reservedPorts.add(port);
  try {
    const spec: LaunchSpec = { ...plan.spec, host, port };
    const command = plan.adapter.command(spec, plan.environment);
    const planned: InstanceRecord = {
      profileId: plan.profileId,
      profileName: plan.profileName,
      modelPath: plan.modelPath,
      engineId: plan.adapter.id,
      instance: randomUUID(),
      pid: null,
      startTime: null,
      spec,
      restartOnCrash: plan.restartOnCrash,
      fixedPort: plan.fixedPort,
      warnings: plan.warnings,
      restarts: state.restarts,
      startedAt: state.startedAt,
      ready: false,
    };
    const output = log.begin(`${plan.profileName} with ${plan.adapter.name} on port ${port}`);
    deps.instances.save(planned);
    const spawned = await spawnEngine(command, engineEnvironment(deps.env, command, planned.instance), output, plan.environment.root).catch(
      (error: unknown) => {
        deps.instances.remove(plan.profileId);
        throw error;
      },
    );
    const startTime = await deps.processes.startTime(spawned.pid).catch((error: unknown) => {
      context.logger.error(
        { err: error, pid: spawned.pid },
        'the start time of an engine could not be read; it is known by its UUID alone',
      );
      return null;
    });
    const record = { ...planned, pid: spawned.pid, startTime };
    // Else it is gone already; its children, if any, carry the UUID of the first record.
    if (startTime !== null) deps.instances.save(record);
    const identity = { pid: spawned.pid, startTime: startTime ?? 'ended at once' };
    const process: EngineProcess = {
      identity,
      instance: planned.instance,
      spec,
      ended: spawned.ended,
      check: () => Promise.resolve(true), // its exit event comes by itself
      release: () => undefined,
    };
    return { process, record };
  } finally {
    reservedPorts.delete(port);
  }
}

/** Takes over a process that is not our child. */
export function takeOver(record: InstanceRecord, identity: ProcessIdentity, deps: ServersDeps): EngineProcess {
  const watch = new LivenessWatch(identity, { host: record.spec.host, port: record.spec.port }, deps);
  return {
    identity,
    instance: record.instance,
    spec: record.spec,
    ended: watch.ended,
    check: () => watch.check(),
    release: () => watch.close(),
  };
}
