/** Small pieces of the agent's start. */
import { randomBytes } from 'node:crypto';
import { AgentError, DEFAULT_PORT, type SettingsUpdate } from '@mlx-manager/shared';
import type { Logger, SettingsService } from '../core/index.js';
import { checkPython } from '../engines/index.js';
import type { HttpServer, Sharing } from '../http/index.js';
import type { ProfilesService } from '../profiles/index.js';
import type { SecretsFolder } from '../store/index.js';
import type { SleepGuard } from '../system/index.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The token of the management API. It stays the same over restarts, so that clients and sessions go on. */
export function apiToken(secrets: SecretsFolder): string {
  const known = secrets.read('api_token');
  if (known !== null) return known;
  const token = randomBytes(32).toString('base64url');
  secrets.write('api_token', token);
  return token;
}

/** A sleep guard that does nothing while the owner does not want one. */
export function guardBySetting(guard: SleepGuard, wanted: () => boolean): SleepGuard {
  return { hold: (reason) => (wanted() ? guard.hold(reason) : () => undefined) };
}

/**
 * The port to listen on: MLX_MANAGER_PORT, else the default.
 * @throws AgentError INVALID_REQUEST when the variable holds no port.
 */
export function portOf(env: Env): number {
  const text = env.MLX_MANAGER_PORT;
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535)
    throw new AgentError('INVALID_REQUEST', { problem: `MLX_MANAGER_PORT: "${text}" is no port` });
  return port;
}

/**
 * Listens on loopback.
 * @returns the port.
 * @throws AgentError AGENT_PORT_IN_USE.
 */
export async function listen(http: HttpServer, port: number): Promise<number> {
  try {
    await http.app.listen({ host: '127.0.0.1', port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new AgentError('AGENT_PORT_IN_USE', { port }, { cause: error });
    throw error;
  }
  const address = http.app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** What an agent does once it answers. A step that fails is logged and does not hold up the others. */
export async function boot(logger: Logger, steps: Readonly<Record<string, () => void | Promise<void>>>): Promise<void> {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error, step: name }, 'a step of the start failed');
    }
  }
}

/**
 * Checks settings that need more than their shape.
 * @throws AgentError PYTHON_UNSUITABLE, PROFILE_NOT_FOUND.
 */
export async function checkSettings(changes: SettingsUpdate, profiles: Pick<ProfilesService, 'get'>): Promise<void> {
  if (typeof changes.defaultProfileId === 'number') profiles.get(changes.defaultProfileId);
  if (typeof changes.enginePython === 'string') await checkPython(changes.enginePython);
}

/**
 * Opens the listeners that a change of the settings asks for, or says why it cannot be.
 * @throws AgentError SHARING_NEEDS_KEYS, LISTEN_HOST_UNAVAILABLE.
 */
export async function prepareSharing(
  { listenHost, requireApiKey }: SettingsUpdate,
  settings: Pick<SettingsService, 'get'>,
  sharing: Pick<Sharing, 'prepare'>,
): Promise<void> {
  if (listenHost === undefined && requireApiKey === undefined) return;
  // Null goes back to the default: on this machine alone, without keys.
  const host = listenHost === null ? '127.0.0.1' : (listenHost ?? settings.get('listenHost'));
  await sharing.prepare(host, requireApiKey === undefined ? settings.get('requireApiKey') : requireApiKey === true);
}
