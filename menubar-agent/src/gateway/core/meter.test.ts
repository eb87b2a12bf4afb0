/** What is read of the events that go by. */
import { Meter } from './meter.js';
import type { Trace } from './trace.js';

const read = (...events: string[]) => {
  const trace = { pieces: 0, firstTokenTick: 0 } as Trace;
  const meter = new Meter(trace);
  for (const event of events) meter.event(event);
  return { trace, text: meter.answer().text, reasoning: meter.answer().reasoning };
};
const delta = (said: object): string => JSON.stringify({ choices: [{ delta: said }] });

test('text, thinking and arguments, with all their escapes', () => {
  const hard = 'a "quote", a \\ at the end \\';
  const seen = read(
    delta({ reasoning_content: `1 ${hard}` }),
    delta({ content: `2 ${hard}` }),
    delta({ content: '' }),
    delta({ arguments: '{"content":"x"}' }),
  );
  expect(seen).toMatchObject({ text: `2 ${hard}{"content":"x"}`, reasoning: `1 ${hard}`, trace: { pieces: 3 } });
});

test('several pieces in one event, and one that was cut off', () => {
  expect(read('{"choices":[{"text":"a"},{"text": "b"}]}')).toMatchObject({ text: 'ab', trace: { pieces: 1 } });
  expect(read('{"choices":[{"delta":{"content":"abc')).toMatchObject({ text: 'abc' });
});

test('a piece of many megabytes, full of escapes', () => {
  const long = '"\n\\'.repeat(8_000_000);
  const seen = read(delta({ content: long }));
  expect(seen.text === long).toBe(true);
  expect(seen.trace.pieces).toBe(1);
});
