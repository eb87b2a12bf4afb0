/** Tools as they are typed, and which results of theirs are missing. */
import type { MessagePart } from '@mlx-manager/shared';
import { EXAMPLE, missingResults, openCalls, readTools, toolsText } from './tools.js';

test.each([
  ['[', /^This is not JSON: .+\.$/],
  ['{}', 'This must be a list of tools: begin with [ and end with ].'],
  ['[1]', 'Tool 1: it must be an object in braces.'],
  ['[{"type": "web"}]', 'Tool 1: its "type" must be "function".'],
  ['[{"type": "function"}]', 'Tool 1: it needs a "function" in braces.'],
  ['[{"type": "function", "function": {"name": "a b"}}]', /^Tool 1: its function needs a "name"/],
  ['[{"type": "function", "function": {"name": "a", "parameters": []}}]', 'Tool 1: its "parameters" must be a JSON Schema in braces.'],
  [JSON.stringify([...Array(2)].map(() => ({ type: 'function', function: { name: 'a' } }))), 'Tool 2: there is another one named a.'],
  [JSON.stringify([...Array(129)].map(() => 1)), 'These are 129 tools; there may be 128.'],
])('%s is refused', (text, problem) => {
  const read = readTools(text);
  expect(read.tools).toBeNull();
  if (typeof problem === 'string') expect(read.problem).toBe(problem);
  else expect(read.problem).toMatch(problem);
});

test('the example is read as it is, and nothing is no tools', () => {
  const { tools } = readTools(EXAMPLE);
  expect(tools).toEqual(JSON.parse(EXAMPLE));
  expect(readTools(toolsText(tools ?? [])).tools).toEqual(tools);
  expect([readTools(' '), toolsText([])]).toEqual([{ tools: [], problem: null }, '']);
});

test('calls without a result are open, and those without a text are missing', () => {
  const call = (id: string): MessagePart => ({ type: 'tool_call', id, name: 'f', arguments: '{}' });
  const parts: MessagePart[] = [{ type: 'text', text: 'Let me see.' }, call('a'), call('b'), call('c')];
  const open = openCalls(parts, [{ type: 'tool_result', toolCallId: 'b', content: 'x', isError: false }]);
  expect(open.map(({ id }) => id)).toEqual(['a', 'c']);
  expect([missingResults(open, {}), missingResults(open, { a: 'x', c: ' ' }), missingResults(open, { a: 'x', c: 'y' })]).toEqual([2, 1, 0]);
});
