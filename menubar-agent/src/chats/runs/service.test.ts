/** Runs over a real database and a gateway that does what the test says. */
import { AgentError, type Chat, type Run, type RunCreate, type RunEvent } from '@mlx-manager/shared';
import {
  answers,
  broken,
  fails,
  profile,
  RunsRig,
  saying as say,
  toEnd,
  unreachable,
  waits,
} from '../../../../tests/support/chats/runs-rig.js';
import type { EventBus } from '../../core/index.js';
import { EngineRefusal, type Call } from '../../gateway/index.js';
import { CHAT_CALLER } from './index.js';
import type { RunsDeps } from './types.js';

let rig: RunsRig;
let calls: Call[];
let states: Run[];
let bus: EventBus;
let storage: RunsDeps['storage'];
const service: RunsRig['service'] = (...given) => rig.service(...given);

beforeEach(() => {
  rig = new RunsRig();
  ({ calls, states, bus, storage } = rig);
});
afterEach(() => rig.close());

test('what fails before its first token is asked for again, and says so', async () => {
  const runs = service([fails(unreachable), fails(broken), answers('Paris', '.')]);
  const begun = await runs.start('c', say('Hi'));
  expect(rig.holds).toBe(1);
  const { run, message } = await toEnd(runs, begun);
  expect(run).toMatchObject({ state: 'completed', attempt: 3, error: null });
  expect(message.parts).toEqual([{ type: 'text', text: 'Paris.' }]);
  expect(states.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual([
    'waiting 1',
    'waiting 2',
    'waiting 3',
    'generating 3',
    'completed 3',
  ]);
  expect(calls.every(({ caller, protocol }) => caller === CHAT_CALLER && protocol === 'internal')).toBe(true);
  await new Promise(setImmediate);
  expect(rig.holds).toBe(0);
});

test.each([
  ['a refusal', () => new EngineRefusal(400, 'bad request', { type: 'x', code: null, param: null }, null), 'ENGINE_REFUSED', 1],
  ['too little memory', () => new AgentError('NOT_ENOUGH_MEMORY', { name: 'x' }), 'NOT_ENOUGH_MEMORY', 1],
  ['an engine that stays dead', unreachable, 'ENGINE_UNREACHABLE', 3],
])('%s ends it', async (_name, error, code, tries) => {
  const runs = service([fails(error)]);
  const { run, message, chat: after } = await toEnd(runs, await runs.start('c', say('Hi')));
  expect([run.state, run.error?.code, message.status, message.error?.code, calls.length]).toEqual(['failed', code, 'failed', code, tries]);
  expect(after.activeRunId).toBeNull();
});

test('the tools of the chat go with every run; a run’s own stand over them', async () => {
  const tools = (name: string) => [{ type: 'function', function: { name } }];
  storage.chats.update('c', { tools: tools('of_the_chat') });
  const runs = service([answers('Yes.')]);
  await toEnd(runs, await runs.start('c', say('Hi')));
  await toEnd(runs, await runs.start('c', { kind: 'regenerate' }));
  await toEnd(runs, await runs.start('c', { kind: 'regenerate', tools: tools('own') }));
  await toEnd(runs, await runs.start('c', { kind: 'regenerate', tools: [] }));
  expect(calls.map(({ body }) => body.tools)).toEqual([tools('of_the_chat'), tools('of_the_chat'), tools('own'), undefined]);
});

test('what breaks off keeps its partial, and begins anew where it cannot go on; nothing is lost before that', async () => {
  const runs = service([
    fails(broken, 'The capital', ' of'),
    fails(unreachable, ''),
    fails(unreachable),
    fails(unreachable),
    answers('It is', ' Paris.'),
  ]);
  const first = await toEnd(runs, await runs.start('c', say('Hi')));
  expect([first.run.state, first.run.attempt, first.message.parts]).toEqual(['failed', 1, [{ type: 'text', text: 'The capital of' }]]);
  const second = await toEnd(runs, await runs.start('c', { kind: 'resume' }));
  expect([second.run.state, second.message.parts]).toEqual(['failed', [{ type: 'text', text: 'The capital of' }]]);
  const third = await runs.start('c', { kind: 'resume' });
  const types: string[] = [];
  for await (const event of runs.events(third.id, undefined, new AbortController().signal)) types.push(event.type);
  expect(types.slice(0, 2)).toEqual(['run', 'messages']);
  expect(types).toContain('parts');
  const message = storage.messages.find(third.messageId)!;
  expect([message.status, message.parts, runs.get(third.id).continued]).toEqual([
    'complete',
    [{ type: 'text', text: 'It is Paris.' }],
    'restarted',
  ]);
});

test('stop aborts the work, a pause between tries too', async () => {
  const runs = service([waits('One ', 'two')]);
  const begun = await runs.start('c', say('Hi'));
  for await (const { type } of runs.events(begun.id, undefined, new AbortController().signal)) if (type === 'delta') break;
  const [one, two] = await Promise.all([runs.stop(begun.id), runs.stop(begun.id)]);
  expect(one).toEqual(two);
  expect([one.state, calls[0]!.signal.aborted, storage.messages.find(begun.messageId)!.status]).toEqual(['stopped', true, 'stopped']);

  calls.length = 0;
  const pausing = service([fails(unreachable)], { timings: { retries: [60_000] } });
  const paused = await pausing.start('c', say('Hi'));
  while (calls.length === 0) await new Promise(setImmediate);
  expect((await pausing.stop(paused.id)).state).toBe('stopped');
});

test('the end of the agent marks it interrupted, with what was written, and watchers see it', async () => {
  const runs = service([waits('Half an answer')]);
  const begun = await runs.start('c', say('Hi'));
  const watching = toEnd(runs, begun);
  while ((storage.messages.find(begun.messageId)?.parts.length ?? 0) === 0) await new Promise((done) => setTimeout(done, 5));
  // Written down while it goes on.
  expect(storage.messages.find(begun.messageId)).toMatchObject({ status: 'generating', parts: [{ type: 'text', text: 'Half an answer' }] });
  await runs.close();
  expect((await watching).run.state).toBe('interrupted');
  await expect(runs.start('c', say('Hi'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  expect(storage.messages.find(begun.messageId)).toMatchObject({
    status: 'interrupted',
    parts: [{ type: 'text', text: 'Half an answer' }],
  });
});

test('after a kill what was written is interrupted', async () => {
  const dying = service([waits('Half')]);
  const begun = await dying.start('c', say('Hi'));
  while ((storage.messages.find(begun.messageId)?.parts.length ?? 0) === 0) await new Promise((done) => setTimeout(done, 5));
  const next = service([answers('x')]);
  next.recover();
  expect(next.get(begun.id)).toMatchObject({ state: 'interrupted', error: { code: 'RUN_INTERRUPTED' } });
  const events: RunEvent[] = [];
  // A watcher that had more than was written down gets what there is.
  for await (const event of next.events(begun.id, '3.1.0.9.abc', new AbortController().signal)) events.push(event);
  expect(events.map(({ type }) => type)).toEqual(['parts', 'finished']);
  await dying.stop(begun.id);
});

test('the oldest is left out where the context is too small, and it says so', async () => {
  const runs = service([answers('ok')]);
  for (let i = 0; i < 6; i++) await toEnd(runs, await runs.start('c', say(`${i} ${'x'.repeat(60)}`)));
  const { run, message } = await toEnd(runs, await runs.start('c', say('last')));
  expect(run.trimmed).toBeGreaterThan(0);
  expect(run.trimmed % 2).toBe(0);
  expect(message.trimmed).toBe(run.trimmed);
  const sent = calls.at(-1)!.body.messages as { role: string; content: string }[];
  expect([sent[0]!.role, sent.at(-1)!.content]).toEqual(['user', 'last']);
  expect(sent.length).toBe(13 - run.trimmed);
  expect(JSON.stringify(sent).length).toBeLessThanOrEqual(300);

  const { run: failed } = await toEnd(runs, await runs.start('c', say('y'.repeat(5000))));
  expect(failed.error).toMatchObject({ code: 'CONTEXT_OVERFLOW', message: expect.stringMatching(/50\d\d tokens.*400.*300/) });
});

test('the model titles a chat after its first answer; nonsense and the owner stand', async () => {
  const setting = ((key: string) => (key === 'chatTitles' ? 'model' : null)) as RunsDeps['setting'];
  const runs = service([answers('The capital is Paris.'), answers('"Title: Capital of France."')], { setting });
  const changed = new Promise<Chat>((resolve) => bus.on('chat.updated', (one) => one.title === 'Capital of France' && resolve(one)));
  await toEnd(runs, await runs.start('c', say('What is the capital of France?')));
  expect((await changed).titled).toBe(false);
  expect(calls[1]!.caller.priority).toBe('batch');
  expect(calls[1]!.body).toMatchObject({ max_tokens: 24, chat_template_kwargs: { enable_thinking: false } });
});

test('files a model cannot read are refused before anything is written', async () => {
  const attached = (mediaType: string, bytes: Uint8Array): RunsDeps['storage'] => ({
    ...storage,
    attachment: async (id) => ({ info: { id, name: 'f', mediaType, bytes: bytes.length, createdAt: '' }, bytes }),
  });
  const part = (mediaType: string, type: 'image' | 'file') => ({ type, attachmentId: 'a', name: 'notes.md', mediaType });
  const file = (mediaType: string, type: 'image' | 'file' = 'file'): RunCreate => ({ kind: 'send', parts: [part(mediaType, type)] });
  const blind = async () => ({ profile, characteristics: { vision: false, audio: false } as never });
  const binary = service([answers('x')], { storage: attached('text/plain', Buffer.from([0, 1, 2, 0xff])) });
  await expect(binary.start('c', file('text/plain'))).rejects.toMatchObject({ code: 'ATTACHMENT_UNREADABLE' });
  const picture = service([answers('x')], { storage: attached('image/png', Buffer.from('x')), answerer: blind });
  await expect(picture.start('c', file('image/png', 'image'))).rejects.toMatchObject({
    code: 'MODEL_CANNOT_SEE',
    message: expect.stringContaining('notes.md'),
  });
  await expect(service([answers('x')]).start('c', file('text/plain'))).rejects.toMatchObject({ code: 'ATTACHMENT_NOT_FOUND' });
  expect(storage.chats.find('c')!.messageCount).toBe(0);
  const good = service([answers('x')], { storage: attached('text/markdown', Buffer.from('a ``` b')), answerer: blind });
  await toEnd(good, await good.start('c', file('text/markdown')));
  expect(calls[0]!.body.messages).toEqual([{ role: 'user', content: 'File "notes.md":\n````md\na ``` b\n````' }]);
});
