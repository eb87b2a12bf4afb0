import { z } from 'zod';
import { invalidRequest } from './problems.js';
import { runCreate } from './schemas/index.js';

const problemsOf = (value: unknown): unknown => {
  const result = z.safeDecode(runCreate, value as never);
  return result.success ? 'none' : invalidRequest(result.error, 'body').details.problems;
};

test('a run of a wrong kind is told the kinds there are', () => {
  const problem = 'must be one of "send", "edit", "regenerate", "resume"';
  expect(problemsOf({ kind: 'sned', parts: [] })).toEqual([{ field: 'kind', problem }]);
  expect(problemsOf({ parts: [] })).toEqual([{ field: 'kind', problem }]);
});

test('a part of a wrong type is named by its place, with the types there are', () => {
  const parts = [
    { type: 'text', text: 'x' },
    { type: 'thinking', text: 'y' },
  ];
  expect(problemsOf({ kind: 'send', parts })).toEqual([
    { field: 'parts.1.type', problem: 'must be one of "text", "image", "file", "tool_result"' },
  ]);
});

test('what is wrong inside a known form is told of that form alone', () => {
  expect(problemsOf({ kind: 'send', parts: [{ type: 'text', text: 5 }] })).toMatchObject([{ field: 'parts.0.text' }]);
  expect(problemsOf({ kind: 'edit', parts: [{ type: 'text', text: 'x' }] })).toMatchObject([{ field: 'message_id' }]);
  expect(problemsOf({ kind: 'send', parts: [{ type: 'image', attachment_id: 'a', name: 'n', media_type: 'nonsense' }] })).toEqual([
    { field: 'parts.0.media_type', problem: 'must look like image/png' },
  ]);
  expect(problemsOf({ kind: 'resume', colour: 'red' })).toMatchObject([{ field: 'body' }]);
  expect(problemsOf('send')).toHaveLength(1);
});

test('a union without a word for its form says that it does not fit', () => {
  const result = z.safeDecode(z.object({ id: z.union([z.int(), z.boolean()]) }), { id: 'x' } as never);
  expect(invalidRequest(result.error!, 'body').details.problems).toEqual([{ field: 'id', problem: 'Invalid input' }]);
});
