/** What an earlier agent left behind: engines that are still its own are taken over, everything else of theirs is cleared away. */
import { uptime } from 'node:os';
import type { EngineAdapter } from '../../engines/index.js';
import type { Logger } from '../../core/index.js';
import type { ProcessIdentity } from '../../system/index.js';
import type { InstanceRecord, ServersDeps, Timings } from '../types.js';
import { endProcess } from './end-process.js';
import { takeOver } from './engine-process.js';
import { absentFailure, EXPLAIN_LINES } from './failure.js';
import { askHealth, sleep } from './health.js';
import { baseUrl } from './ports.js';
import type { Absent, Adopted } from './server-process.js';

interface AdoptionContext {
  readonly deps: ServersDeps;
  readonly logger: Logger;
  readonly timings: Timings;
  /** The last lines of a profile's server. */
  tail(profileId: number, count: number): Promise<string[]>;
}

/**
 * Judges one record. A process counts as ours when it has the recorded start time and no other UUID than the recorded one in its environment, or, when the agent
 * died between spawn and record, when it carries the UUID. Nothing else is touched.
 *
 * An engine that ended meanwhile, or does not answer and was ended, is not passed over in silence: it is started again when its profile says so,
 * else it is shown as failed. Not so one of before the machine was booted: nobody asked for it since, and profiles that start with the agent do so anyway.
 * @returns what to supervise; null when nothing of it is to be shown. The record is removed then, unless a process of it could not be ended.
 */
export async function adoptRecord(record: InstanceRecord, context: AdoptionContext): Promise<Adopted | Absent | null> {
  const { deps, logger } = context;
  const about = { profileId: record.profileId, pid: record.pid };
  const { leader: found, proven } = await findLeader(record, deps);
  let leader = found;
  const adapter = deps.adapter(record.engineId);
  if (leader !== null && adapter !== null && (await answers(record, adapter, leader, proven, context))) {
    const known: InstanceRecord = { ...record, pid: leader.pid, startTime: leader.startTime };
    deps.instances.save(known);
    logger.info(about, 'an engine of an earlier run was taken over');
    return { process: takeOver(known, leader, deps), record: known, adapter };
  }
  // One that was ending while it was looked at is gone, not silent.
  if (leader !== null && !(await deps.processes.isAlive(leader))) leader = null;
  // The engine is gone, does not answer, or this release does not know it; its children may still be there.
  const left = await endProcess(proven ? leader : null, record.instance, { processes: deps.processes, logger, timings: context.timings });
  if (left.length > 0) {
    logger.error({ ...about, left }, 'processes of an earlier run could not be ended; it is tried again at the next start');
    return null;
  }
  deps.instances.remove(record.profileId);
  logger.info(about, leader === null ? 'an engine of an earlier run is gone' : 'an engine of an earlier run did not answer and was ended');
  if (adapter === null || record.startedAt < (deps.bootedAt ?? systemBoot)()) return null;
  // One that cannot be proven to be ours was left alone: a second one beside it could be one too many.
  const unsure = leader !== null && !proven;
  const how =
    leader === null ? 'ended while the agent was not running' : `did not answer when the agent came back${unsure ? '' : ', and was ended'}`;
  const absent = absentFailure(record.profileName, adapter, await context.tail(record.profileId, EXPLAIN_LINES), how);
  return { absent, record, adapter, restart: !unsure && mayStartAgain(record, deps) };
}

const systemBoot = (): number => Date.now() - uptime() * 1000;

/**
 * One that died while it loaded is not started again: it may be what ended the agent too (memory), and would do so once more. For the same reason
 * the restarts of the record count, which outlive the agent.
 */
function mayStartAgain(record: InstanceRecord, { settings }: ServersDeps): boolean {
  return record.restartOnCrash && (record.ready || record.pid === null) && record.restarts < settings.maxRestarts();
}

/** The engine of a record. `proven` when it carries our UUID: only then may it be ended. */
async function findLeader(
  record: InstanceRecord,
  { processes }: ServersDeps,
): Promise<{ leader: ProcessIdentity | null; proven: boolean }> {
  const nobody = { leader: null, proven: false };
  const { pid, startTime, instance } = record;
  if (pid !== null && startTime !== null) {
    const identity = { pid, startTime };
    if (!(await processes.isAlive(identity))) return nobody;
    // macOS may hide an environment (psutil 2084). Then pid, start time and an answer on the recorded port must do to take it over.
    const carried = await processes.instanceOf(pid);
    return carried === instance || carried === null ? { leader: identity, proven: carried !== null } : nobody;
  }
  // Its children carry the UUID as well; the engine is the one that leads its group.
  for (const candidate of await processes.findInstance(instance)) {
    if ((await processes.groupMembers(candidate.pid)).includes(candidate.pid)) return { leader: candidate, proven: true };
  }
  return nobody;
}

/** Whether it answers within the grace time. One that was still loading may take what is left of its start timeout: it only has to live. */
async function answers(
  record: InstanceRecord,
  adapter: EngineAdapter,
  leader: ProcessIdentity,
  proven: boolean,
  { deps, timings }: AdoptionContext,
): Promise<boolean> {
  const loadingUntil = record.startedAt + deps.settings.startTimeout() * 1000;
  if (!record.ready && deps.clock.now() < loadingUntil) {
    if (proven) return true;
    // A process that is ending has no environment any more, for a moment before it is gone.
    await sleep(Math.min(timings.readinessPollMax, timings.adoptGrace), AbortSignal.timeout(timings.adoptGrace * 2));
    return deps.processes.isAlive(leader);
  }
  const target = { baseUrl: baseUrl(record.spec.host, record.spec.port), spec: record.spec };
  const deadline = performance.now() + timings.adoptGrace;
  for (let pause = timings.readinessPollMin; ; pause = Math.min(timings.readinessPollMax, pause * 2)) {
    try {
      const { reading } = await askHealth(adapter, target, Math.min(timings.healthTimeout, timings.adoptGrace));
      if (reading.status !== 'failed') return true;
    } catch (error) {
      // The machine may be busy, for instance right after it woke up: asked again until the grace time is over.
      deps.logger.debug({ err: error, profileId: record.profileId }, 'an engine of an earlier run does not answer yet');
    }
    if (performance.now() >= deadline || !(await deps.processes.isAlive(leader))) return false;
    await sleep(pause, AbortSignal.timeout(timings.adoptGrace * 2));
  }
}
