/** Groups of profiles as they are edited. */
import { checkGroup, draftOf, tellGroup } from './group-draft.js';

test('a new one needs a name that is free', () => {
  const draft = draftOf(null);
  expect(checkGroup(draft, []).name).toBeDefined();
  expect(checkGroup({ ...draft, name: ' big ones ' }, [])).toEqual({});
  expect(checkGroup({ ...draft, name: ' big ones ' }, ['big ones']).name).toMatch(/already/);
});

test('what it means', () => {
  const group = { id: 1, name: 'g', profileIds: [1, 2], mode: 'together' as const, exclusive: false };
  expect(tellGroup(group)).toBe('They may be loaded together.');
  expect(tellGroup({ ...group, mode: 'one_at_a_time', exclusive: true })).toMatch(/No two .* no other profile/);
  expect(tellGroup({ ...group, profileIds: [] })).toMatch(/changes nothing/);
  expect(draftOf(group)).toEqual({ name: 'g', profileIds: [1, 2], mode: 'together', exclusive: false });
});
