import { memoryParts } from './memory-parts.js';

const memory = { totalGb: 32, availableGb: 12, usedGb: 20 };
const model = (profileId: number, memoryGb: number | null) => ({ profileId, profileName: `P${profileId}`, memoryGb }) as never;

test('each model has its part, the rest of what is used is one', () => {
  const { parts, words } = memoryParts(memory, { models: [model(2, 4), model(1, 6), model(3, null)] });
  expect(parts).toEqual([
    { label: 'P1', value: 6, series: 1 },
    { label: 'P2', value: 4, series: 2 },
    { label: 'Other programs', value: 10, series: 0 },
  ]);
  expect(words).toBe('Memory: P1 6 GB, P2 4 GB, Other programs 10 GB, free 12 GB of 32 GB');
});

test('many models end in one part; a model counted before it is loaded makes nothing negative', () => {
  const { parts } = memoryParts({ ...memory, usedGb: 3 }, { models: [1, 2, 3, 4, 5, 6, 7].map((id) => model(id, 1)) });
  expect(parts).toHaveLength(7);
  expect(parts[5]).toEqual({ label: '2 more', value: 2, series: 6 });
  expect(parts[6]?.value).toBe(0);
});
