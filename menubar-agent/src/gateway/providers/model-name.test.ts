import { withModel } from './model-name.js';

test.each([
  ['{"model":"a","x":1}', '{"model":"new","x":1}'],
  ['{ "x" : 12345678901234567890 , "model" :  "a" }', '{ "x" : 12345678901234567890 , "model" :  "new" }'],
  [
    '{"messages":[{"model":"keep"}],"metadata":{"model":"keep"},"model":"a"}',
    '{"messages":[{"model":"keep"}],"metadata":{"model":"keep"},"model":"new"}',
  ],
  ['{"text":"\\"model\\":\\"keep\\"","model":"a\\"b"}', '{"text":"\\"model\\":\\"keep\\"","model":"new"}'],
  ['{"end":"\\\\","model":"a"}', '{"end":"\\\\","model":"new"}'],
  ['{"mo\\u0064el":"a"}', '{"mo\\u0064el":"new"}'],
  ['{"model":"a","model":"b"}', '{"model":"a","model":"new"}'],
  ['{"a":"model"}', '{"model":"new","a":"model"}'],
  ['{}', '{"model":"new"}'],
])('%s', (json, expected) => {
  expect(withModel(json, 'new')).toBe(expected);
  expect((JSON.parse(expected) as { model: string }).model).toBe('new');
});

test('a name is escaped, and a very long string is no trouble', () => {
  const picture = 'A'.repeat(20_000_000);
  const changed = withModel(`{"picture":"${picture}\\n","model":"a"}`, 'a"b');
  expect(changed.endsWith('"model":"a\\"b"}')).toBe(true);
  expect(changed.length).toBe(picture.length + '{"picture":"\\n","model":"a\\"b"}'.length);
});

test('of random objects only the model changes', () => {
  let state = 42;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  const texts = ['model', '"', '\\', '{', '}', ',', ':', '[', 'é', '\n', '"model":"x"'];
  const text = (): string => Array.from({ length: random(5) }, () => texts[random(texts.length)]).join('');
  const value = (depth: number): unknown => {
    const kind = random(depth > 2 ? 3 : 5);
    if (kind === 0) return random(1000);
    if (kind < 3) return text();
    if (kind === 3) return Array.from({ length: random(4) }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: random(4) }, () => [text(), value(depth + 1)]));
  };
  for (let round = 0; round < 300; round++) {
    const object = { ...(Object.fromEntries(Array.from({ length: random(4) }, () => [text(), value(0)])) as object), model: text() };
    expect(JSON.parse(withModel(JSON.stringify(object, null, random(3)), 'new'))).toEqual({ ...object, model: 'new' });
  }
});
