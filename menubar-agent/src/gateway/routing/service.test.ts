import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoutingRuleInput } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../../core/index.js';
import { openDatabase, RoutingRulesRepository, type Connection } from '../../store/index.js';
import { Routing } from './service.js';
import type { RoutedRequest } from './facts.js';

let folder: string;
let db: Connection;
let bus: EventBus;
let enabled: boolean;
let profiles: Map<number, string>;
const make = (): Routing =>
  new Routing({
    repository: new RoutingRulesRepository(db),
    bus,
    clock: { now: () => Date.parse('2026-01-05T12:00:00Z'), schedule: () => () => undefined },
    logger: silentLogger(),
    enabled: () => enabled,
    known: {
      profileName: (id) => profiles.get(id) ?? null,
      provider: (id) => (id === 1 ? { id, name: 'Cloud', protocol: 'openai', models: ['big'] } : null),
    },
  });
let routing: Routing;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-routing-'));
  db = openDatabase(join(folder, 'x.db'));
  bus = new EventBus((error) => {
    throw error;
  });
  enabled = true;
  profiles = new Map([[1, 'Coder']]);
  routing = make();
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

const none = { profileId: null, providerId: null, model: null };
const cloud = { ...none, providerId: 1, model: 'big' };
const request = (model: string): RoutedRequest => ({
  model,
  endpoint: '/v1/chat/completions',
  protocol: 'openai',
  body: { messages: [{ role: 'user', content: 'x' }] },
  caller: { client: null, keyName: null },
});
const match = (models: string[]): NonNullable<RoutingRuleInput['match']> => ({
  models,
  minTokens: null,
  maxTokens: null,
  capabilities: [],
  time: null,
  clients: [],
  keys: [],
  protocols: [],
});
const names = (): string[] => routing.list().map((rule) => `${rule.position} ${rule.name}`);

test('rules come in their order, can be moved, and survive a restart', () => {
  const heard: string[][] = [];
  bus.on('routing.updated', ({ rules }) => heard.push(rules.map((rule) => rule.name)));
  const a = routing.create({ name: 'A' });
  const b = routing.create({ name: 'B', target: cloud, match: match(['gpt-*']) });
  const c = routing.create({ name: 'C', position: 0 });
  expect(names()).toEqual(['0 C', '1 A', '2 B']);
  routing.order([b.id, c.id, a.id]);
  expect(routing.update(a.id, { position: 1, enabled: false })).toMatchObject({ position: 1, enabled: false });
  expect(names()).toEqual(['0 B', '1 A', '2 C']);
  routing.remove(c.id);
  expect(heard.at(-1)).toEqual(['B', 'A']);
  expect(heard).toHaveLength(6);
  const before = routing.list();
  routing = make();
  expect(routing.list()).toEqual(before);
  expect(routing.get(b.id)).toMatchObject({ match: { models: ['gpt-*'] }, target: cloud, fallbackOn: ['failed', 'full', 'no_fit'] });
});

test('off, and without rules, everything stays as it is; on, the rule decides', () => {
  expect(routing.decide(request('x'))).toMatchObject({ target: { kind: 'model', model: 'x' }, rule: null });
  routing.create({ name: 'A', target: cloud });
  expect(routing.decide(request('x'))).toMatchObject({ target: { kind: 'provider', providerId: 1, model: 'big' }, rule: { name: 'A' } });
  enabled = false;
  expect(routing.decide(request('x'))).toMatchObject({ target: { kind: 'model' }, rule: null, why: [] });
});

test('a rule whose profile is deleted says so, is passed over, and is announced', () => {
  const { id } = routing.create({ name: 'A', target: { ...none, profileId: 1 } });
  expect(routing.decide(request('x')).target).toEqual({ kind: 'profile', profileId: 1, name: 'Coder' });
  let told: (string | null)[] = [];
  bus.on('routing.updated', ({ rules }) => (told = rules.map((rule) => rule.problem)));
  profiles.clear();
  bus.emit('profile.deleted', { id: 1, name: 'Coder' });
  expect(told).toEqual([expect.stringContaining('deleted')]);
  expect(routing.get(id).problem).toContain('deleted');
  expect(routing.decide(request('x'))).toMatchObject({ target: { kind: 'model' }, rule: null });
  // It can be renamed and switched off as it is; a new target is checked.
  expect(routing.update(id, { name: 'B', enabled: false })).toMatchObject({ name: 'B', enabled: false });
  expect(() => routing.update(id, { target: { ...none, profileId: 7 } })).toThrow(expect.objectContaining({ code: 'PROFILE_NOT_FOUND' }));
});

test('users of a provider, as target and as fallback', () => {
  routing.create({ name: 'A', target: cloud });
  routing.create({ name: 'B', fallbacks: [cloud] });
  routing.create({ name: 'C' });
  expect(routing.usersOfProvider(1)).toEqual(['A', 'B']);
  expect(routing.usersOfProvider(2)).toEqual([]);
});

test.each([
  [{ target: none }, 'INVALID_REQUEST', /either/],
  [{ target: { profileId: 1, providerId: 1, model: null } }, 'INVALID_REQUEST', /either/],
  [{ target: { ...none, profileId: 1, model: 'x' } }, 'INVALID_REQUEST', /own model/],
  [{ target: { ...none, profileId: 9 } }, 'PROFILE_NOT_FOUND', /9/],
  [{ fallbacks: [{ ...none, providerId: 9 }] }, 'PROVIDER_NOT_FOUND', /9/],
  [{ target: { ...cloud, model: 'small' } }, 'PROVIDER_CANNOT_ANSWER', /small/],
  [{ match: { ...match([]), minTokens: 5, maxTokens: 4 } }, 'INVALID_REQUEST', /min_tokens/],
  [{ match: { ...match([]), time: { days: [], from: '08:00', to: null } } }, 'INVALID_REQUEST', /both/],
])('a rule that cannot be meant is refused: %#', (options, code, problem) => {
  expect(() => routing.create({ name: 'A', ...options })).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(problem) }),
  );
  expect(routing.list()).toEqual([]);
});

test('what is not there, and an order that is none', () => {
  const a = routing.create({ name: 'A' });
  for (const work of [() => routing.get(9), () => routing.update(9, {}), () => routing.remove(9)])
    expect(work).toThrow(expect.objectContaining({ code: 'ROUTING_RULE_NOT_FOUND', status: 404 }));
  for (const ids of [[], [a.id, a.id], [9]]) expect(() => routing.order(ids)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});

test('a stored rule that is not valid is left aside', () => {
  db.prepare("INSERT INTO routing_rules (position, options, created_at, updated_at) VALUES (0, '{\"name\":5}', '', '')").run();
  routing.create({ name: 'A' });
  expect(routing.list().map((rule) => rule.name)).toEqual(['A']);
});
