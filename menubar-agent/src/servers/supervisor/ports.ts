/** The engine's port. */
import { setTimeout } from 'node:timers/promises';
import { AgentError } from '@mlx-manager/shared';
import { ephemeralPort, isPortFree, type ProcessTable } from '../../system/index.js';

/** A free port that none of the starts under way has been given. */
export async function choosePort(host: string, reserved: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = await ephemeralPort(host);
    if (!reserved.has(port)) return port;
  }
  throw new AgentError('NO_FREE_PORT', { start: 0 });
}

/** Milliseconds. */
const PASSING_MS = 2000;
const LOOK_EVERY_MS = 100;

/**
 * Checks that a port can be bound. What holds it and cannot be named is mostly on its way out, such as the last connections of the engine that was
 * just stopped, or somebody else's look at the port: it is given a moment.
 * @throws AgentError PORT_IN_USE with the program that holds it.
 */
export async function requirePort(
  host: string,
  port: number,
  processes: Pick<ProcessTable, 'portHolder'>,
  passingMs = PASSING_MS,
): Promise<void> {
  const until = performance.now() + passingMs;
  while (!(await isPortFree(port, host))) {
    const holder = await processes.portHolder(port);
    if (holder !== null || performance.now() >= until) {
      throw new AgentError('PORT_IN_USE', {
        port,
        program: holder === null ? 'another program' : `${holder.name} (pid ${holder.pid})`,
        pid: holder?.pid ?? null,
      });
    }
    await setTimeout(LOOK_EVERY_MS);
  }
}

/** The host an engine binds: `localhost` may mean ::1 to one program and 127.0.0.1 to the other, so it is settled here. */
export const plainHost = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);

/** The address of an engine. */
export const baseUrl = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
