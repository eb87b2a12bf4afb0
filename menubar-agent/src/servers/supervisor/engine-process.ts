/** A running engine: one that was spawned here, or one that an earlier agent left behind. */
import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, openSync } from 'node:fs';
import { AgentError } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import type { LaunchCommand, LaunchSpec } from '../../engines/index.js';
import type { ProcessIdentity } from '../../system/index.js';
import type { ServerLog } from '../logs/server-log.js';
import type { InstanceRecord, LaunchPlan, ServersDeps, Timings } from '../types.js';
import { commandOf } from './command.js';
import { endProcess } from './end-process.js';
import { LivenessWatch } from './liveness.js';
import { choosePort, plainHost } from './ports.js';
import { engineEnvironment, spawnEngine, type ProcessEnd } from './spawn.js';

export interface EngineProcess {
  readonly identity: ProcessIdentity;
  readonly instance: string;
  readonly spec: LaunchSpec;
  /** What was spawned; null for one of an agent that did not write it down. */
  readonly command: LaunchCommand | null;
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
  readonly timings: Timings;
  /** Ports given to starts under way. */
  readonly reservedPorts: Set<number>;
}

/** What changes from launch to launch of one server. */
export interface LaunchState {
  readonly restarts: number;
  readonly startedAt: number;
}

/**
 * Writes the instance down, spawns it, and writes down which process it became. What cannot be written down does not run.
 * @throws SpawnError when the program cannot be run, AgentError INTERNAL when the record cannot be written; nothing is left then.
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
    const { spec, command } = commandOf(plan, port);
    const planned: InstanceRecord = {
      profileId: plan.profileId,
      profileName: plan.profileName,
      modelPath: plan.modelPath,
      engineId: plan.adapter.id,
      instance: randomUUID(),
      pid: null,
      startTime: null,
      spec,
      command,
      restartOnCrash: plan.restartOnCrash,
      fixedPort: plan.fixedPort,
      warnings: plan.warnings,
      restarts: state.restarts,
      startedAt: state.startedAt,
      ready: false,
    };
    if (spec.logFile !== null) makePrivate(spec.logFile);
    save(planned, context);
    const env = engineEnvironment(deps.env, command, planned.instance);
    let spawned;
    try {
      const output = log.begin(`${plan.profileName} with ${plan.adapter.name} on port ${port}`);
      spawned = await spawnEngine(command, env, output, plan.environment.root);
    } catch (error) {
      forget(planned, context);
      throw error;
    }
    const startTime = await deps.processes.startTime(spawned.pid).catch((error: unknown) => {
      context.logger.error(
        { err: error, pid: spawned.pid },
        'the start time of an engine could not be read; it is known by its UUID alone',
      );
      return null;
    });
    const record = { ...planned, pid: spawned.pid, startTime };
    // Else it is gone already; its children, if any, carry the UUID of the first record.
    const identity = { pid: spawned.pid, startTime: startTime ?? 'ended at once' };
    try {
      if (startTime !== null) save(record, context);
    } catch (error) {
      // Nobody would find it after a crash of the agent.
      const left = await endProcess(identity, planned.instance, { ...deps, ...context });
      if (left.length > 0) context.logger.error({ left }, 'an engine that could not be written down could not be ended');
      forget(planned, context);
      throw error;
    }
    const process: EngineProcess = {
      identity,
      instance: planned.instance,
      spec,
      command,
      ended: spawned.ended,
      check: () => Promise.resolve(true), // its exit event comes by itself
      release: () => undefined,
    };
    return { process, record };
  } finally {
    reservedPorts.delete(port);
  }
}

/** @throws AgentError INTERNAL; the database's own words are for the log alone. */
function save(record: InstanceRecord, { deps, logger }: LaunchContext): void {
  try {
    deps.instances.save(record);
  } catch (error) {
    logger.error({ err: error, profileId: record.profileId }, 'an engine could not be written down');
    throw new AgentError('INTERNAL', {}, { cause: error });
  }
}

/** Takes back a record. One that stays is cleared by the next agent: nothing carries its UUID. */
function forget(record: InstanceRecord, { deps, logger }: LaunchContext): void {
  try {
    deps.instances.remove(record.profileId);
  } catch (error) {
    logger.error({ err: error, profileId: record.profileId }, 'the record of an engine could not be removed');
  }
}

/** Makes the log an engine writes itself, for its owner alone: the engine would let others read it. */
function makePrivate(file: string): void {
  const fd = openSync(file, 'a', 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}

/** Takes over a process that is not our child. */
export function takeOver(record: InstanceRecord, identity: ProcessIdentity, deps: ServersDeps): EngineProcess {
  const watch = new LivenessWatch(identity, { host: record.spec.host, port: record.spec.port }, deps);
  return {
    identity,
    instance: record.instance,
    spec: record.spec,
    command: record.command ?? null,
    ended: watch.ended,
    check: () => watch.check(),
    release: () => watch.close(),
  };
}
