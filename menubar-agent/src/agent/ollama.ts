/** The listener for Ollama's clients, wired. */
import type { SettingsUpdate } from '@mlx-manager/shared';
import { OllamaListener, ollamaAreaOf, ollamaErrorShape, registerOllama, type OllamaOptions } from '../gateway/index.js';
import { HttpServer, type Access } from '../http/index.js';
import type { SettingsService } from '../core/index.js';
import type { Foundation } from './foundation.js';
import type { GatewayParts } from './gateway.js';
import type { Services } from './services.js';

/** Distinct warnings that are remembered as told. */
const MAX_WARNINGS = 1000;

/** @param mountV1 adds `/v1` to the listener's server too. */
export function createOllama(
  base: Foundation,
  services: Services,
  { gateway, models }: Pick<GatewayParts, 'gateway' | 'models'>,
  access: Access,
  mountV1: (http: HttpServer) => void,
): OllamaListener {
  const { bus, clock, logger, settings, processes } = base;
  const { local, pool, downloads, servers, profiles } = services;
  const warned = new Set<string>();
  const deps: OllamaOptions = {
    gateway,
    models,
    pool,
    bus,
    downloads,
    logger,
    local: { list: () => local.list(), remove: (modelId) => local.remove(modelId) },
    removeProfile: (id) => profiles.remove(id),
    servers: () => servers.list(),
    unloadTimes: async () =>
      new Map(
        (await pool.status()).models.flatMap(({ profileId, unloadAt }) => (unloadAt === null ? [] : [[profileId, Date.parse(unloadAt)]])),
      ),
    writesOpen: () => settings.get('ollamaWrites'),
    // Some clients send the same useless option with every request.
    warnOnce: (model, warning) => {
      const key = `${model} ${warning}`;
      if (warned.has(key) || warned.size >= MAX_WARNINGS) return;
      warned.add(key);
      logger.warn({ model }, `Ollama: ${warning}`);
    },
    now: () => clock.now(),
    mountV1,
  };
  return new OllamaListener({
    bus,
    logger,
    wanted: () => ({ enabled: settings.get('ollamaEnabled'), port: settings.get('ollamaPort') }),
    portHolder: async (port) => (await processes.portHolder(port))?.name ?? null,
    createServer: () => {
      const http = new HttpServer({ logger, access, areaOf: ollamaAreaOf, errorShape: ollamaErrorShape });
      registerOllama(http, deps);
      return http;
    },
  });
}

/**
 * Checks a change of settings that would open the listener.
 * @throws AgentError OLLAMA_PORT_TAKEN.
 */
export async function checkOllama(
  { ollamaEnabled, ollamaPort }: SettingsUpdate,
  settings: Pick<SettingsService, 'get'>,
  listener: Pick<OllamaListener, 'check'>,
): Promise<void> {
  if (ollamaEnabled === undefined && ollamaPort === undefined) return;
  await listener.check(ollamaEnabled ?? settings.get('ollamaEnabled'), ollamaPort ?? settings.get('ollamaPort'));
}
