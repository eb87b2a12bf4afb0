/** Ends an engine with everything it started, and nothing else. */
import { setTimeout as wait } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import type { Logger } from '../../core/index.js';
import type { ProcessIdentity, ProcessTable } from '../../system/index.js';
import type { Timings } from '../types.js';

export interface EndDeps {
  readonly processes: ProcessTable;
  readonly logger: Logger;
  readonly timings: Pick<Timings, 'stopGrace' | 'leftoverGrace' | 'killWait'>;
}

/**
 * SIGTERM to the process group, SIGKILL after the grace time, then a look for whatever still carries the instance's UUID.
 * A process is only signalled when its start time is the recorded one, or its environment carries the UUID.
 * @param leader the engine; may be dead already, or null when it is not known.
 * @returns pids that are still there in the end: none, unless the system holds them.
 */
export async function endProcess(leader: ProcessIdentity | null, instance: string, deps: EndDeps): Promise<number[]> {
  const { timings } = deps;
  const family = new Family(leader, instance, deps);
  await family.look();
  if ((await family.alive()).length > 0) {
    await family.signal('SIGTERM');
    await family.waitForLeader(timings.stopGrace);
    await family.waitForAll(timings.leftoverGrace);
  }
  // Processes started meanwhile carry the UUID as well, so the last word is a look at the table.
  for (const deadline = Date.now() + timings.killWait; ;) {
    await family.look();
    const left = await family.alive();
    if (left.length === 0) return [];
    if (Date.now() >= deadline) return left.map(({ pid }) => pid);
    await family.signal('SIGKILL');
    await family.waitForAll(200);
  }
}

/** The engine and all its descendants that are known. */
class Family {
  readonly #members = new Map<string, ProcessIdentity>();

  constructor(
    private readonly leader: ProcessIdentity | null,
    private readonly instance: string,
    private readonly deps: EndDeps,
  ) {}

  /** Looks who belongs to it. The group counts only while its leader lives: later its number could be another's. */
  async look(): Promise<void> {
    const { processes } = this.deps;
    if (this.leader !== null && (await processes.isAlive(this.leader))) {
      this.#add(this.leader);
      for (const pid of await processes.groupMembers(this.leader.pid)) {
        const startTime = await processes.startTime(pid);
        if (startTime !== null) this.#add({ pid, startTime });
      }
    }
    for (const member of await processes.findInstance(this.instance)) this.#add(member);
  }

  async alive(): Promise<ProcessIdentity[]> {
    const alive: ProcessIdentity[] = [];
    for (const member of this.#members.values()) {
      if (await this.deps.processes.isAlive(member)) alive.push(member);
    }
    return alive;
  }

  /** To the group in one go while its leader lives (a child forked at this moment gets it too), and to each member outside. */
  async signal(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { processes } = this.deps;
    const { leader } = this;
    const group = leader !== null && (await processes.isAlive(leader)) ? await processes.groupMembers(leader.pid) : [];
    // Sent only to a group the engine leads; it does, since it was spawned detached.
    if (leader !== null && group.includes(leader.pid)) this.#kill(-leader.pid, signal);
    for (const member of await this.alive()) {
      if (!group.includes(member.pid)) this.#kill(member.pid, signal);
    }
  }

  async waitForLeader(ms: number): Promise<void> {
    const { leader } = this;
    await this.#waitUntil(ms, async () =>
      leader === null ? (await this.alive()).length === 0 : !(await this.deps.processes.isAlive(leader)),
    );
  }

  async waitForAll(ms: number): Promise<void> {
    await this.#waitUntil(ms, async () => (await this.alive()).length === 0);
  }

  /** Looks often at first, since most engines end within milliseconds. Only while something is being ended. */
  async #waitUntil(ms: number, done: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + ms;
    for (let pause = 10; !(await done()); pause = Math.min(200, pause * 1.5)) {
      const left = deadline - Date.now();
      if (left <= 0) return;
      await wait(Math.min(pause, left));
    }
  }

  #add(member: ProcessIdentity): void {
    this.#members.set(`${member.pid} ${member.startTime}`, member);
  }

  #kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (isNativeError(error) && 'code' in error && error.code === 'ESRCH') return; // it ended by itself just now
      this.deps.logger.error({ err: error, pid, signal }, 'an engine process could not be signalled');
    }
  }
}
