import type { AgentEvent } from '@mlx-manager/shared';
import { History, PLACES, Ring, SPAN_MS } from './history.js';

const event = (type: string, data: unknown): AgentEvent => ({ id: '', type, data }) as AgentEvent;

test('a figure holds until the next one; before the first nothing is known', () => {
  const ring = new Ring();
  ring.push(5, SPAN_MS / 2);
  ring.push(9, SPAN_MS);
  const line = ring.line(SPAN_MS);
  expect(line).toHaveLength(PLACES);
  expect(line[0]).toBeNull();
  expect(line[PLACES / 2]).toBe(5);
  expect(line.at(-2)).toBe(5);
  expect(line.at(-1)).toBe(9);
  // Long after the last event it still holds.
  expect(ring.line(SPAN_MS * 10)).toEqual(Array(PLACES).fill(9));
});

test('hours of events keep no more than a line', () => {
  const ring = new Ring();
  for (let at = 0; at < 8 * 3_600_000; at += 1000) ring.push(at, at);
  expect(ring.size).toBeLessThanOrEqual(SPAN_MS / 1000 + 3);
  for (let i = 0; i < 1000; i++) ring.push(i, 8 * 3_600_000 + i / 10);
  expect(ring.size).toBeLessThanOrEqual(SPAN_MS / 1000 + 3);
  expect(ring.latest).toBe(999);
});

test('events feed the lines of their servers; a server that is gone leaves nothing', () => {
  const history = new History();
  history.hear(event('server.updated', { profileId: 1, memoryMb: 512, cpuPercent: null }), 1000);
  history.hear(
    event('usage.updated', { servers: [{ profileId: 1, tokensPerSecond: 40, promptTokens: 2, completionTokens: 3, active: 1 }], keys: [] }),
    2000,
  );
  history.hear(event('memory.updated', { gpu: { utilizationPercent: 71 } }), 3000);
  const { memory, cpu, speed, tokens, requests } = history.of(1);
  expect([memory.latest, cpu.latest, speed.latest, tokens.latest, requests.latest]).toEqual([512, null, 40, 5, 1]);
  expect(history.gpu.latest).toBe(71);
  history.hear(event('server.removed', { profileId: 1 }), 4000);
  expect(history.servers).toBe(0);
});
