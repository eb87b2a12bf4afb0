import type { ResponseObject } from './events.js';
import { ResponseStore } from './store.js';

const response = (id: string, previous: string | null = null, text = id): ResponseObject => ({
  id,
  object: 'response',
  created_at: 1,
  model: 'Tiny',
  previous_response_id: previous,
  status: 'completed',
  error: null,
  incomplete_details: null,
  output: [
    {
      id: `msg_${id}`,
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
    },
  ],
  usage: null,
  completed_at: 2,
});
const said = (text: string) => [{ role: 'user', content: text }];
const missing = (what: string, id: string): Error =>
  expect.objectContaining({ code: 'RESPONSE_NOT_FOUND', status: 404, message: expect.stringContaining(`${what} ${id}`) }) as Error;

test('a line of responses is the whole conversation, oldest first', () => {
  const store = new ResponseStore();
  store.put(null, { response: response('a'), input: said('1') });
  store.put(null, { response: response('b', 'a'), input: said('2') });
  expect(store.conversation(null, 'b')).toMatchObject([{ content: '1' }, { id: 'msg_a' }, { content: '2' }, { id: 'msg_b' }]);
  store.delete(null, 'a');
  expect(() => store.conversation(null, 'b')).toThrow(missing('response', 'a'));
  expect(store.get(null, 'b').response).toEqual(response('b', 'a'));
});

test('another key finds nothing: RESPONSE_NOT_FOUND', () => {
  const store = new ResponseStore();
  store.put(7, { response: response('a'), input: [] });
  for (const owner of [null, 8]) {
    expect(() => store.get(owner, 'a')).toThrow(missing('response', 'a'));
    expect(() => store.delete(owner, 'a')).toThrow(missing('response', 'a'));
    expect(() => store.resolve(owner, [{ type: 'item_reference', id: 'msg_a' }])).toThrow(missing('item', 'msg_a'));
  }
  expect(store.get(7, 'a').response.id).toBe('a');
});

test('references become the items they name; all else stays', () => {
  const store = new ResponseStore();
  store.put(null, { response: response('a'), input: [] });
  const items = [...said('Hi'), { type: 'item_reference', id: 'msg_a' }, { id: 'msg_a' }];
  expect(store.resolve(null, items)).toEqual([...said('Hi'), response('a').output[0], response('a').output[0]]);
  store.delete(null, 'a');
  expect(() => store.resolve(null, items)).toThrow(missing('item', 'msg_a'));
});

test('bounded by count and by bytes: the least recently used goes first', () => {
  const few = new ResponseStore({ maxCount: 2, maxBytes: 1e6 });
  for (const id of ['a', 'b']) few.put(null, { response: response(id), input: [] });
  few.get(null, 'a');
  few.put(null, { response: response('c'), input: [] });
  expect(() => few.get(null, 'b')).toThrow(missing('response', 'b'));
  expect([few.get(null, 'a').response.id, few.size.count]).toEqual(['a', 2]);

  const one = Buffer.byteLength(JSON.stringify({ response: response('a'), input: [] }));
  const small = new ResponseStore({ maxCount: 100, maxBytes: 2 * one + 10 });
  for (const id of ['a', 'b', 'c']) small.put(null, { response: response(id), input: [] });
  expect(small.size).toEqual({ count: 2, bytes: 2 * one });
  // What can never fit pushes nobody out.
  small.put(null, { response: response('d', null, 'x'.repeat(3 * one)), input: [] });
  expect([small.size.count, small.get(null, 'c').response.id]).toEqual([2, 'c']);
  for (const id of ['b', 'c']) small.delete(null, id);
  expect(small.size).toEqual({ count: 0, bytes: 0 });
});
