/** The history's groups, and who may answer. */
import type { Chat, ChatHit, LocalModel, Profile, Server } from '@mlx-manager/shared';
import { fits, historyRows, inOrder, marked } from './history-groups.js';
import { choiceOf, DEFAULT_TARGET, targetsOf, valueOf } from './targets.js';

const now = new Date(2026, 10, 21, 15).getTime();
const chat = (id: string, changes: Partial<Chat> = {}): ChatHit => ({
  chat: {
    id,
    title: id,
    pinned: false,
    tags: [],
    model: null,
    profileId: null,
    updatedAt: new Date(now).toISOString(),
    ...changes,
  } as Chat,
  match: null,
});
const ago = (days: number): string => new Date(now - days * 86_400_000).toISOString();
const profile = (id: number, name: string, more: Partial<Profile> = {}): Profile =>
  ({ id, name, aliases: [], modelPath: `org/${id}`, modelType: 'lm', ...more }) as Profile;

test('by date: pinned ones first, then today and before; by model: under the name of who answers', () => {
  const hits = [
    chat('p', { pinned: true }),
    chat('a', { profileId: 1 }),
    chat('b', { updatedAt: ago(1) }),
    chat('c', { updatedAt: ago(3), model: 'gpt' }),
    chat('d', { updatedAt: ago(30) }),
  ];
  const said = (by: 'date' | 'model') =>
    historyRows(hits, by, [profile(1, 'Tiny')], now).map((row) => (row.kind === 'heading' ? `# ${row.title}` : row.hit.chat.id));
  expect(said('date')).toEqual(['# Pinned', 'p', '# Today', 'a', '# Yesterday', 'b', '# Last 7 Days', 'c', '# Earlier', 'd']);
  expect(said('model')).toEqual(['# Default Model', 'p', 'b', 'd', '# Tiny', 'a', '# gpt', 'c']);
});

test('order and filter are the agent’s', () => {
  expect(
    inOrder([chat('old', { updatedAt: ago(2) }), chat('new'), chat('pin', { pinned: true, updatedAt: ago(9) })]).map((hit) => hit.chat.id),
  ).toEqual(['pin', 'new', 'old']);
  const filter = { search: '', profileId: 1, tag: 'work' };
  expect(fits(filter, chat('a', { profileId: 1, tags: ['work'] }).chat)).toBe(true);
  expect(fits(filter, chat('a', { profileId: 2, tags: ['work'] }).chat)).toBe(false);
  expect(fits(filter, chat('a', { profileId: 1 }).chat)).toBe(false);
});

test('found words are marked', () => {
  expect(
    marked('a cat, a cat', [
      [2, 5],
      [9, 12],
    ]),
  ).toEqual([
    { text: 'a ', hit: false },
    { text: 'cat', hit: true },
    { text: ', a ', hit: false },
    { text: 'cat', hit: true },
  ]);
  expect(marked('none', [])).toEqual([{ text: 'none', hit: false }]);
});

test('who may answer: the default, running profiles, others, models without one; a choice goes there and back', () => {
  const profiles = [
    profile(1, 'Zeta'),
    profile(2, 'Alpha', { aliases: ['small'] }),
    profile(3, 'Voice', { modelType: 'whisper' as never }),
  ];
  const model = (modelId: string) =>
    ({ modelId, localPath: `/m/${modelId}`, complete: true, characteristics: { modelType: 'lm' } }) as LocalModel;
  const targets = targetsOf({
    profiles,
    servers: [{ profileId: 1, state: 'healthy' } as Server],
    models: [model('org/1'), model('org/free'), { ...model('org/part'), complete: false }],
  });
  expect(targets.map(({ value }) => value)).toEqual([DEFAULT_TARGET, 'profile:1', 'profile:2', 'model:org/free']);
  for (const { value } of targets) expect(valueOf(choiceOf(value), profiles)).toBe(value);
  expect(valueOf({ model: 'SMALL', profileId: null }, profiles)).toBe('profile:2');
});
