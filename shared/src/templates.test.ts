import fc from 'fast-check';
import { renderTemplate, templateNeeds, templateParts, templateVariables } from './templates.js';

const name = fc.stringMatching(/^[a-z_äλ][a-z0-9_-]{0,8}$/u);
const PLACE_LIKE = /(?<!\{)(\{+)([\p{L}_][\p{L}\p{N}_-]{0,79})(?::([^\s{}][^{}\r\n]*|))?(\}+)/gu;
/** The text that reads as this one. */
const escaped = (text: string): string =>
  text.replace(PLACE_LIKE, (all, opening: string, _name, _default, closing: string, at: number) =>
    text[at - 1] === '$' || (opening.length % 2 === 0 && closing.length === 1)
      ? all
      : opening + opening + all.slice(opening.length, all.length - closing.length) + closing + closing,
  );
const anyText = fc.string({ unit: fc.constantFrom('{', '}', '{', '}', 'a', 'b1', ':', ' ', '$', '\n', '"', 'ä', '-'), maxLength: 30 });

test('places are listed once, in order, with the first default; what the surface fills is not among them', () => {
  expect(templateVariables('{tone} {language:English} {selection} {tone:dry} {clipboard} {language:French}')).toEqual([
    { name: 'tone', fallback: 'dry' },
    { name: 'language', fallback: 'English' },
  ]);
  expect(templateVariables('{größe:} {x-1} {日本}')).toEqual([
    { name: 'größe', fallback: '' },
    { name: 'x-1', fallback: null },
    { name: '日本', fallback: null },
  ]);
  expect(templateNeeds('{selection:nothing}')).toEqual({ selection: true, clipboard: false });
  expect(templateNeeds('{{selection}} {Clipboard}')).toEqual({ selection: false, clipboard: false });
});

test('variables, selection, clipboard and defaults are filled in; what is missing stays and is told', () => {
  const text = 'To {language:English}, {tone}: {selection} / {clipboard} {tone}';
  expect(renderTemplate(text, { variables: { tone: 'dry' }, selection: 'S', clipboard: null })).toEqual({
    text: 'To English, dry: S / {clipboard} dry',
    missing: ['clipboard'],
  });
  expect(renderTemplate(text, { variables: { language: '', toString: 'x' }, selection: '' })).toEqual({
    text: 'To , {tone}:  / {clipboard} {tone}',
    missing: ['tone', 'clipboard'],
  });
  expect(renderTemplate('{toString} {constructor}', {}).missing).toEqual(['toString', 'constructor']);
  expect(renderTemplate('{selection:it} {selection}', { selection: null })).toEqual({ text: 'it it', missing: [] });
});

test('values are put in as they are', () => {
  const tricky = '{clipboard} {{name}} $& $1 {name:x}';
  expect(renderTemplate('<{name}|{selection}>', { variables: { name: tricky }, selection: '{name}', clipboard: 'NO' }).text).toBe(
    `<${tricky}|{name}>`,
  );
});

test.each([
  '{ foo: 1 }',
  '{foo: 1}',
  '${name}',
  '`a ${b}${c}`',
  '{"a":{"b":{}}}',
  'if (x) {\n  y();\n}',
  '{{ jinja }}',
  '{{name}',
  '{}',
  '{{}}',
  '{1}',
  '{a.b}',
  '{name:a\nb}',
  '%{ x }',
])('is no place: %s', (text) => {
  expect(renderTemplate(text, { variables: { name: 'X', foo: 'X', x: 'X', a: 'X' }, selection: 'X', clipboard: 'X' })).toEqual({
    text,
    missing: [],
  });
});

test.each([
  ['{{name}}', '{name}'],
  ['{{{name}}}', '{V}'],
  ['{{{{name}}}}', '{{name}}'],
  ['{"a":{name}}', '{"a":V}'],
  ['{{name:x}}', '{name:x}'],
])('%s reads %s', (text, read) => {
  expect(renderTemplate(text, { variables: { name: 'V' } })).toEqual({ text: read, missing: [] });
});

test('any text can be written as a template', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(renderTemplate(escaped(text), { variables: { a: 'X' } })).toEqual({ text, missing: [] });
    }),
    { numRuns: 2000 },
  );
});

test('what is between places is kept, whatever is put in; missing ones stay as they are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyText, name, fc.string()), { maxLength: 5 }), (pieces) => {
      // A `$` or a brace beside a place would change how it is read.
      const parts = pieces.map(([text, key, value]) => [`${escaped(text)}|`, key, value] as const);
      const template = parts.map(([text, key]) => `${text}{${key}}|`).join('');
      const variables = Object.fromEntries(parts.map(([, key, value]) => [key, value]));
      const read = (fill: (key: string) => string): string => pieces.map(([text, key]) => `${text}|${fill(key)}|`).join('');
      expect(renderTemplate(template, { variables })).toEqual({ text: read((key) => variables[key]!), missing: [] });
      expect(templateVariables(template).map((one) => one.name)).toEqual([...new Set(parts.map(([, key]) => key))]);
      // Nothing given: text and places as they were.
      const none = renderTemplate(template, {});
      expect(none.text).toBe(read((key) => `{${key}}`));
      expect(none.missing).toEqual(Object.keys(variables).length === 0 ? [] : [...new Set(parts.map(([, key]) => key))]);
    }),
    { numRuns: 500 },
  );
});

test('a text of braces alone takes no time to read', () => {
  for (const text of ['{'.repeat(100_000), '{a'.repeat(50_000), `{a:${'b'.repeat(99_000)}`, '{a:'.repeat(33_000)]) {
    const before = process.cpuUsage();
    expect(renderTemplate(text, {}).text).toBe(text);
    // Minutes, when every brace is looked for to the end. Processor time, microseconds.
    expect(process.cpuUsage(before).user).toBeLessThan(2e6);
  }
});

test('the pieces of a text show its places and nothing else; joined they are the text', () => {
  expect(templateParts('To {language:English}: {{{x}}} {{no}} ${no} {"a":{b}}')).toEqual([
    { text: 'To ', place: null },
    { text: '{language:English}', place: 'language' },
    { text: ': {{', place: null },
    { text: '{x}', place: 'x' },
    { text: '}} {{no}} ${no} {"a":', place: null },
    { text: '{b}', place: 'b' },
    { text: '}', place: null },
  ]);
  fc.assert(
    fc.property(anyText, (text) => {
      const parts = templateParts(text);
      expect(parts.map((part) => part.text).join('')).toBe(text);
      const places = parts.flatMap(({ place }) => (place === null ? [] : [place]));
      expect([...new Set(places)].filter((one) => one !== 'selection' && one !== 'clipboard')).toEqual(
        templateVariables(text).map(({ name }) => name),
      );
    }),
  );
});
