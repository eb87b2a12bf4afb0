/** Groups of profiles as they are edited. */
import { changesOf, checkGroup, draftOf, tellGroup } from './group-draft.js';

test('a new one needs a name that is free', () => {
  const draft = draftOf(null);
  expect(checkGroup(draft, []).name).toBeDefined();
  expect(checkGroup({ ...draft, name: ' big ones ' }, [])).toEqual({});
  expect(checkGroup({ ...draft, name: ' big ones ' }, ['big ones']).name).toMatch(/already/);
});

test('only what was changed here is sent; members that others added or took out meanwhile stay so', () => {
  const group = { id: 1, name: 'g', profileIds: [1, 2, 3], mode: 'together' as const, exclusive: false };
  const now = { ...group, name: 'theirs', profileIds: [2, 3, 4] };
  expect(changesOf(group, draftOf(group), now)).toEqual({});
  expect(changesOf(group, { ...draftOf(group), exclusive: true }, now)).toEqual({ exclusive: true });
  expect(changesOf(group, { ...draftOf(group), profileIds: [1, 3, 5] }, now)).toEqual({ profileIds: [3, 4, 5] });
});

test('what it means', () => {
  const group = { id: 1, name: 'g', profileIds: [1, 2], mode: 'together' as const, exclusive: false };
  expect(tellGroup(group)).toBe('They may be loaded together.');
  expect(tellGroup({ ...group, mode: 'one_at_a_time', exclusive: true })).toMatch(/No two .* no other profile/);
  expect(tellGroup({ ...group, profileIds: [] })).toMatch(/changes nothing/);
  expect(draftOf(group)).toEqual({ name: 'g', profileIds: [1, 2], mode: 'together', exclusive: false });
});
