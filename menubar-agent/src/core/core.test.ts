import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentPaths, createLogger, EventBus, systemClock } from './index.js';

test('a listener that throws is reported and hurts nobody else', () => {
  const errors: unknown[] = [];
  const heard: unknown[] = [];
  const bus = new EventBus((error, type) => errors.push([type, (error as Error).message]));
  bus.on('server.removed', () => {
    throw new Error('mine');
  });
  const off = bus.on('server.removed', (data) => heard.push(data));
  bus.onAny((event) => heard.push(event.type));
  bus.emit('server.removed', { profileId: 1 });
  off();
  bus.emit('server.removed', { profileId: 2 });
  expect(heard).toEqual([{ profileId: 1 }, 'server.removed', 'server.removed']);
  expect(errors).toHaveLength(2);
});

test('the state folder is where MLX_MANAGER_HOME says, else in the home folder', () => {
  expect(agentPaths({ HOME: '/home/me' }).home).toBe('/home/me/.mlx-manager');
  const paths = agentPaths({ HOME: '/home/me', MLX_MANAGER_HOME: '~/x', MLX_MANAGER_ENGINES_DIR: '/e' });
  expect([paths.home, paths.engines, paths.agentFile]).toEqual(['/home/me/x', '/e', '/home/me/x/agent.json']);
});

test('the log is the owner’s alone and holds no secret', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'mlx-log-')), 'logs', 'agent.log');
  const logger = createLogger(file, 'info', { maxBytes: () => 1e6, keep: () => 1 });
  logger.info({ token: 'tok-1', headers: { authorization: 'Bearer tok-2' }, request: { token: 'tok-3' }, url: '/x' }, 'a call');
  logger.debug('not at this level');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('a call');
  expect(text).not.toMatch(/tok-|not at this level/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a scheduled task can be called off', async () => {
  const ran: string[] = [];
  systemClock.schedule(() => ran.push('off'), 1)();
  await new Promise<void>((resolve) => systemClock.schedule(resolve, 5) as unknown);
  expect(ran).toEqual([]);
});

test('the log starts anew when it is large, and keeps as many as wanted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlx-log-'));
  const file = join(folder, 'agent.log');
  const logger = createLogger(file, 'info', { maxBytes: () => 200, keep: () => 2 });
  for (let i = 0; i < 12; i++) logger.info({ i }, 'a line of some length to fill the file');
  expect(readdirSync(folder).sort()).toEqual(['agent.log', 'agent.log.1', 'agent.log.2']);
  const numbers = ['agent.log.2', 'agent.log.1', 'agent.log'].flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/"i":(\d+)/g)].map((match) => Number(match[1])),
  );
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(numbers.at(-1)).toBe(11);
  expect(statSync(file).size).toBeLessThanOrEqual(200);
});
