import { memoryParts } from './memory-parts.js';

const memory = { totalGb: 32, availableGb: 12, usedGb: 20 };
const model = (profileId: number, memoryGb: number | null) => ({ profileId, profileName: `P${profileId}`, memoryGb }) as never;
const server = (profileId: number, gib: number | null, state: 'healthy' | 'starting' = 'healthy') => ({
  profileId,
  state,
  memoryMb: gib === null ? null : gib * 1024,
});

test('each model has the part that was measured of it, the rest of what is used is one', () => {
  const { parts, words } = memoryParts(memory, { models: [model(2, 8), model(1, 9), model(3, null)] }, [server(1, 6), server(2, 4)]);
  expect(parts).toEqual([
    { label: 'P1', value: 6, series: 1 },
    { label: 'P2', value: 4, series: 2 },
    { label: 'Other programs', value: 10, series: 0 },
  ]);
  expect(words).toBe('Memory: P1 6 GB, P2 4 GB, Other programs 10 GB, free 12 GB of 32 GB');
});

test('one that loads, or is not measured, has what is counted for it; what it does not use yet is not taken from the others', () => {
  const { parts } = memoryParts(memory, { models: [model(1, 9), model(2, 8), model(3, 2)] }, [server(1, 3, 'starting'), server(2, null)]);
  expect(parts.map(({ label, value }) => [label, value])).toEqual([
    ['P1', 9],
    ['P2', 8],
    ['P3', 2],
    ['Other programs', 7],
  ]);
  expect(memoryParts(memory, { models: [model(1, 9)] }, [server(1, null, 'starting')]).parts.at(-1)?.value).toBe(20);
});

test('one that grew beyond what was counted is drawn as it is', () => {
  const { parts } = memoryParts(memory, { models: [model(1, 4)] }, [server(1, 7)]);
  expect(parts.map(({ value }) => value)).toEqual([7, 13]);
});

test('many models end in one part; figures of two instants make nothing negative', () => {
  const ids = [1, 2, 3, 4, 5, 6, 7];
  const { parts } = memoryParts(
    { ...memory, usedGb: 3 },
    { models: ids.map((id) => model(id, 1)) },
    ids.map((id) => server(id, 1)),
  );
  expect(parts).toHaveLength(7);
  expect(parts[5]).toEqual({ label: '2 more', value: 2, series: 6 });
  expect(parts[6]?.value).toBe(0);
});
