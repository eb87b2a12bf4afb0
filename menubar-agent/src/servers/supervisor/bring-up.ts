/** Brings a spawned engine to its first answer, or says why it will not come. */
import type { ServerFailure } from '@mlx-manager/shared';
import type { EngineAdapter } from '../../engines/index.js';
import type { ProcessTable } from '../../system/index.js';
import type { InstanceRecord } from '../types.js';
import type { EngineProcess, LaunchContext } from './engine-process.js';
import { EXPLAIN_LINES, portFailure, reportedFailure, timeoutFailure, unresponsiveFailure } from './failure.js';
import { waitUntilReady, type Readiness } from './health.js';
import { baseUrl } from './ports.js';

export type BroughtUp =
  | { readonly kind: 'ready'; readonly took: number }
  | { readonly kind: 'failed'; readonly failure: ServerFailure; readonly portLost: boolean };

export interface BringUpInput {
  readonly process: EngineProcess;
  readonly record: InstanceRecord;
  readonly adapter: EngineAdapter;
  readonly context: LaunchContext;
  readonly signal: AbortSignal;
  onUnanswered(reason: string): void;
}

/** Waits for readiness and a probe, at most for the start timeout. Rejects when aborted. */
export async function bringUp(input: BringUpInput): Promise<BroughtUp> {
  const { process, record, adapter, context, signal } = input;
  const { deps, timings, log } = context;
  const wake = deps.sleepGuard?.hold(`loading ${record.profileName}`);
  try {
    const readiness = await waitUntilReady({
      adapter,
      target: { baseUrl: baseUrl(process.spec.host, process.spec.port), spec: process.spec },
      timings,
      // An engine adopted while it loads has what is left of its time, and a moment in any case.
      limit: Math.max(Math.min(timings.adoptGrace, startLimit(context)), startLimit(context) - (deps.clock.now() - record.startedAt)),
      signal,
      portLost: portWatch(input),
      onUnanswered: (reason) => input.onUnanswered(reason),
    });
    if (readiness.kind === 'ready') return readiness;
    const lines = await log.tail(EXPLAIN_LINES);
    return { kind: 'failed', failure: failureFor(readiness, input, lines), portLost: readiness.kind === 'port_taken' };
  } finally {
    wake?.();
  }
}

const startLimit = (context: LaunchContext): number => context.deps.settings.startTimeout() * 1000;

/** Notices that another program has the engine's port. */
function portWatch({ process, adapter, context: { deps, log } }: BringUpInput): (answered: boolean) => Promise<string | null> {
  let ownPort = false;
  let readBytes = -1;
  return async (answered) => {
    if (answered) {
      if (ownPort) return null;
      // What answers may be another program that was quicker.
      const holder = await deps.processes.portHolder(process.spec.port);
      if (holder !== null && !(await isOwn(holder.pid, process, deps.processes))) return `${holder.name} (pid ${holder.pid})`;
      ownPort = true;
      return null;
    }
    // mlx_lm.server says that its port is taken and then hangs for ever.
    const size = await log.size();
    if (size === readBytes) return null;
    readBytes = size;
    return adapter.explainFailure(await log.tail(EXPLAIN_LINES))?.kind === 'port_taken' ? '' : null;
  };
}

/** Whether a process is the engine or one it started: by pid and group, and by the UUID when it left the group. */
async function isOwn(pid: number, { identity, instance }: EngineProcess, processes: ProcessTable): Promise<boolean> {
  if (pid === identity.pid || (await processes.groupMembers(identity.pid)).includes(pid)) return true;
  return (await processes.instanceOf(pid)) === instance;
}

function failureFor(readiness: Exclude<Readiness, { kind: 'ready' }>, input: BringUpInput, lines: readonly string[]): ServerFailure {
  const name = input.record.profileName;
  if (readiness.kind === 'port_taken') return portFailure(input.process.spec.port, readiness.program ?? 'another program', lines);
  if (readiness.kind === 'failed') return reportedFailure(name, input.adapter, readiness.detail, lines);
  if (readiness.unresponsive !== null) return unresponsiveFailure(name, readiness.unresponsive, lines);
  return timeoutFailure(name, input.context.deps.settings.startTimeout(), lines);
}
