import * as z from 'zod';
import { partialShape, toSnakeCase, wireObject } from './wire.js';

const inner = wireObject({ sizeBytes: z.int() });
const shape = {
  modelPath: z.string().default('x'),
  theInner: inner.nullable(),
  extraArgs: z.array(z.string()),
  freeForm: z.record(z.string(), z.unknown()),
};
const schema = wireObject(shape, { strict: true });

test('names are snake_case on the wire and camelCase inside, at every depth', () => {
  const wire = { model_path: 'a', the_inner: { size_bytes: 3 }, extra_args: ['b_c'], free_form: { keptAsItIs: 1, as_it_is: 2 } };
  const inside = z.decode(schema, wire);
  expect(inside).toEqual({ modelPath: 'a', theInner: { sizeBytes: 3 }, extraArgs: ['b_c'], freeForm: { keptAsItIs: 1, as_it_is: 2 } });
  expect(z.encode(schema, inside)).toEqual(wire);
});

test('problems are named as the client wrote them', () => {
  const result = z.safeDecode(schema, {
    model_path: 1,
    the_inner: { size_bytes: 1.5 },
    extra_args: [],
    free_form: {},
    modelPath: 'x',
  } as never);
  expect(result.error?.issues.map((issue) => issue.path.join('.'))).toEqual(['model_path', 'the_inner.size_bytes', '']);
  expect(result.error?.message).toContain('modelPath');
});

test('a partial shape fills in no defaults', () => {
  expect(z.decode(wireObject(partialShape(shape)), {})).toEqual({});
});

test('entries with a default may be left out on the way to the wire', () => {
  const withDefault = wireObject({ aRevision: z.string().default('main'), aName: z.string() });
  expect(z.encode(withDefault, { aName: 'x' } as never)).toEqual({ a_revision: 'main', a_name: 'x' });
});

test.each([
  ['modelPath', 'model_path'],
  ['id', 'id'],
  ['topP', 'top_p'],
  ['hfTokenSet', 'hf_token_set'],
])('%s → %s', (camel, snake) => {
  expect(toSnakeCase(camel)).toBe(snake);
});
