/** The pool as the API shows it. */
import type { PoolModel, PoolStatus, PoolWaiter } from '@mlx-manager/shared';
import { toTimestamp } from '../core/index.js';
import type { Book } from './book.js';
import type { IdleClocks } from './idle-clocks.js';
import type { Lane } from './lane.js';
import type { Waiter } from './waiter.js';
import type { Loader } from './loader.js';
import type { MemoryGuard } from './memory-guard.js';
import { gb, percentUsed } from './refusals.js';
import type { PoolDeps } from './types.js';

/** Requests shown by name; of all others only the number is told. */
const SHOWN = 100;

export interface ViewParts {
  readonly deps: PoolDeps;
  readonly book: Book;
  readonly loader: Loader;
  readonly idle: IdleClocks;
  readonly guard: MemoryGuard;
  readonly lanes: ReadonlyMap<number, Lane>;
}

/** Which models are in memory, and who waits for what. */
export async function poolView(parts: ViewParts): Promise<PoolStatus> {
  const { deps, book, guard, lanes } = parts;
  const [budget, memory] = await Promise.all([deps.budgetBytes(), guard.recent()]);
  const now = deps.clock.now();
  const shown = [...lanes.values()].filter(
    (lane) => lane.active > 0 || lane.waiting > 0 || book.get(lane.profileId) !== undefined || parts.loader.coolDownOf(lane.profileId),
  );
  const waiting = shown
    .flatMap((lane) => [...lane.waiters()].map((waiter) => ({ lane, waiter })))
    .sort((a, b) => a.waiter.rank - b.waiter.rank);
  return {
    budgetGb: gb(budget),
    leasedGb: gb(book.all().reduce((sum, { bytes }) => sum + bytes, 0)),
    memoryPercent: memory === null ? null : percentUsed(memory),
    evictPercent: deps.settings.evictPercent(),
    refusePercent: deps.settings.refusePercent(),
    models: shown.map((lane) => presentModel(lane, parts, now)),
    waitingCount: waiting.length,
    waiting: waiting.slice(0, SHOWN).map(({ lane, waiter }) => presentWaiter(lane, waiter, deps)),
  };
}

function presentModel(lane: Lane, { deps, book, loader, idle }: ViewParts, now: number): PoolModel {
  const { profileId, profile } = lane;
  const server = deps.servers.get(profileId);
  const resident = book.get(profileId);
  const since = [...lane.waiters()].map((waiter) => waiter.since);
  const coolDown = loader.coolDownOf(profileId);
  const unloadAt = resident === undefined ? null : idle.unloadAt(lane);
  return {
    profileId,
    profileName: profile.name,
    state: server?.state ?? 'stopped',
    memoryGb: resident === undefined ? null : gb(resident.bytes),
    active: lane.active,
    limit: profile.limit,
    queued: lane.queued(),
    queueSize: profile.queueSize,
    oldestWaitMs: since.length === 0 ? null : now - since.reduce((a, b) => Math.min(a, b)),
    draining: lane.closed,
    idleSince: lane.idleSince === null ? null : toTimestamp(lane.idleSince),
    unloadAt: unloadAt === null ? null : toTimestamp(unloadAt),
    pinned: profile.pinned,
    managedBy: server?.managedBy ?? (profile.launchdInstalled ? 'launchd' : 'agent'),
    coolDownUntil: coolDown === null ? null : toTimestamp(coolDown.until),
  };
}

function presentWaiter(lane: Lane, { request, since }: Waiter, { servers }: PoolDeps): PoolWaiter {
  const { profileId } = lane;
  const there = servers.target(profileId) !== null && !lane.closed;
  const waitingFor = there ? 'place' : lane.loading ? 'load' : 'memory';
  return { requestId: request.id, profileId, client: request.client, priority: request.priority, since: toTimestamp(since), waitingFor };
}
