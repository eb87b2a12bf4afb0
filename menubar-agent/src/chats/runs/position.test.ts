import fc from 'fast-check';
import type { MessagePart } from '@mlx-manager/shared';
import { Answer } from './answer.js';
import { cleanTitle } from './clean-title.js';
import { bridged, JointMissed, lastWord, overlap, splitter } from './continuation.js';
import { endOf, idOf, isWithin, lacking, seenOf, START } from './position.js';

const words = fc.array(
  fc.tuple(fc.constantFrom('text' as const, 'thinking' as const), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })),
  {
    maxLength: 12,
  },
);

test('whoever takes deltas at any moments has the answer; every id finds its place again', () => {
  fc.assert(
    fc.property(words, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (said, looks) => {
      const answer = new Answer([], () => 0);
      let own: MessagePart[] = [];
      let at = START;
      said.forEach(([type, text], i) => {
        answer.say(type, text);
        if (!looks[i]) return;
        expect(isWithin(answer.parts, at)).toBe(true);
        const more = lacking(answer.parts, at);
        if (more === null) {
          own = structuredClone(answer.parts);
          at = endOf(own);
          return;
        }
        for (const { index, type: kind, text: delta } of more.deltas) {
          expect(/[\uD800-\uDBFF]$/.test(delta)).toBe(false);
          const part = own[index];
          if (part === undefined) own.push(kind === 'text' ? { type: kind, text: delta } : { type: kind, text: delta, durationMs: null });
          else (part as { text: string }).text += delta;
        }
        at = more.to;
        expect(own).toEqual(answer.parts);
        expect(at).toEqual(endOf(answer.parts));
        expect(seenOf(idOf({ revision: 3, messages: true, at }))).toEqual({ revision: 3, messages: true, at });
      });
    }),
  );
});

test('a place in another answer, or beyond this one, is none', () => {
  const parts: MessagePart[] = [{ type: 'text', text: 'Hello' }];
  expect(isWithin(parts, endOf([{ type: 'text', text: 'Hell' }]))).toBe(true);
  for (const other of ['Hallo', 'Hello!']) expect(isWithin(parts, endOf([{ type: 'text', text: other }]))).toBe(false);
  expect(isWithin(parts, endOf([{ type: 'thinking', text: 'Hell', durationMs: null }]))).toBe(false);
  expect(seenOf('nonsense')).toEqual(seenOf(undefined));
});

test('a pair is never cut, white space between parts belongs to neither, calls come whole', () => {
  const answer = new Answer([], () => 0);
  for (const [type, text] of [
    ['text', '\n'],
    ['thinking', '\nhm'],
    ['thinking', '\n'],
    ['text', '\n\n'],
    ['text', '  a\ud83d'],
    ['text', '\ude00b'],
  ] as const) {
    answer.say(type, text);
    expect(JSON.stringify(answer.parts)).not.toContain('\\ud83d');
  }
  expect(answer.parts.at(-1)).toEqual({ type: 'text', text: '  a😀b' });
  const call = (index: number, told: object) =>
    answer.take({ choices: [{ index: 0, delta: { tool_calls: [{ index, ...told }] }, finish_reason: null }] });
  call(0, { id: 'x', function: { name: 'f', arguments: '{"a"' } });
  call(0, { function: { arguments: ':1}' } });
  call(1, { function: { name: 'g', arguments: '{}' } });
  answer.end();
  expect(answer.parts.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_call', 'tool_call']);
  expect(answer.parts[2]).toEqual({ type: 'tool_call', id: 'x', name: 'f', arguments: '{"a":1}' });
  expect(answer.parts[3]).toMatchObject({ name: 'g', id: expect.stringMatching(/./) });
});

test('any split of a completion comes apart into thinking and text at the tag', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 8 }), (cuts) => {
      const whole = 'a <think <b</thin</think>\n\nc </think> d';
      const split = splitter('</think>');
      const told = { thinking: '', text: '' };
      const places = [...new Set([0, ...cuts, whole.length])].sort((a, b) => a - b);
      places.slice(1).forEach((end, i) => split(whole.slice(places[i], end)).forEach(({ type, text }) => (told[type] += text)));
      expect(told).toEqual({ thinking: 'a <think <b</thin', text: '\n\nc </think> d' });
    }),
  );
});

test('the last word is written again and dropped, with or without its space', () => {
  expect(lastWord('There that')).toEqual({ kept: 'There', withheld: ' that' });
  expect(lastWord('a\nthat ')).toEqual({ kept: 'a\n', withheld: 'that ' });
  expect(lastWord('東京は日本の首都です'.repeat(9)).withheld).toBe('');
  for (const pieces of [['that', ' lived'], [' th', 'at lived'], [' that lived']]) {
    const drop = overlap(' that');
    expect(pieces.map(drop).join('')).toBe(' lived');
  }
  expect(() => ['wh', 'ich'].map(overlap(' that'))).toThrow(JointMissed);
  expect(['lived', 'on'].map(bridged('that')).join('')).toBe(' livedon');
  for (const [before, text] of [
    ['that', ' lived'],
    ['that ', 'lived'],
    ['that', ', and'],
    ['東京', '都'],
  ] as const)
    expect(bridged(before)(text)).toBe(text);
});

test.each([
  ['"Capital of France"', 'Capital of France'],
  ['**Title:** Capital of France.', 'Capital of France'],
  ['<think>\nhm\n</think>\n\nTitle: "Paris"\nMore', 'Paris'],
  ['<think>never ends', null],
  ['<|im_start|>', null],
  ['…', null],
  ['A'.repeat(300), null],
  ['This is a rather long title that goes on beyond what a list has room for', 'This is a rather long title that goes on beyond what a…'],
])('title %s → %s', (said, title) => {
  expect(cleanTitle(said)).toBe(title);
});
