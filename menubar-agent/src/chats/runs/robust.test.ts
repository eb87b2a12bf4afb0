/** Runs whose chat, database or helpers change, fail or hang under them. */
import { type ChatMessage, type RunCreate, type RunEvent } from '@mlx-manager/shared';
import { answers, fails, profile, RunsRig, saying, toEnd, unreachable, waits } from '../../../../tests/support/chats/runs-rig.js';
import { lastWord } from './continuation.js';
import type { RunsService } from './index.js';
import type { RunsDeps } from './types.js';
import { cpuMs } from '../../../../tests/support/cpu.js';

let rig: RunsRig;
beforeEach(() => {
  rig = new RunsRig();
});
afterEach(() => rig.close());

/** A service whose next run stays in its preparation until it is let go. */
function preparing(): { runs: RunsService; letGo: () => void } {
  const gate = Promise.withResolvers<undefined>();
  const answerer = async () => {
    await gate.promise;
    return { profile, characteristics: null };
  };
  return { runs: rig.service([answers('Paris.')], { answerer }), letGo: () => gate.resolve(undefined) };
}
/** The real storage, of which one call does something else. */
function withRuns(change: Partial<RunsDeps['storage']['runs']>): RunsDeps['storage'] {
  const { runs } = rig.storage;
  const own: RunsDeps['storage']['runs'] = {
    insert: (...given) => runs.insert(...given),
    update: (run) => runs.update(run),
    find: (id) => runs.find(id),
    interruptAll: (...given) => runs.interruptAll(...given),
  };
  return { ...rig.storage, runs: { ...own, ...change } };
}

test('a chat that is deleted while its run is prepared is not there, and nothing is written', async () => {
  const { runs, letGo } = preparing();
  const starting = runs.start('c', saying('Hi'));
  await runs.stopChat('c');
  rig.chats.remove('c');
  letGo();
  await expect(starting).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND', message: 'There is no chat c.' });
  expect([rig.holds, runs.list()]).toEqual([0, []]);
});

test('a title that is given while a run is prepared stands', async () => {
  const { runs, letGo } = preparing();
  const starting = runs.start('c', saying('What is the capital of France?'));
  rig.chats.update('c', { title: 'Mine', titled: true });
  letGo();
  expect((await toEnd(runs, await starting)).chat).toMatchObject({ title: 'Mine', titled: true });
});

test('an end that cannot be written down is told, kept, and written down when that is possible again', async () => {
  let full = true;
  const update: RunsDeps['storage']['runs']['update'] = (run) => {
    if (full && run.endedAt !== null) throw new Error('database or disk is full');
    rig.storage.runs.update(run);
  };
  const runs = rig.service([answers('Paris.')], {
    storage: withRuns({ update }),
    timings: { flush: 5, merge: 1, retries: [], rewrite: 10 },
  });
  const begun = await runs.start('c', saying('Hi'));
  const { run, message } = await toEnd(runs, begun);
  expect([run.state, message.status, message.parts, rig.holds]).toEqual(['completed', 'complete', [{ type: 'text', text: 'Paris.' }], 0]);
  // Late ones get it, a stop finds it ended, another one has to wait.
  expect((await toEnd(runs, begun)).run).toEqual(run);
  expect([await runs.stop(begun.id), runs.list()]).toEqual([run, []]);
  await expect(runs.start('c', saying('Hi'))).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
  const told = new Promise((resolve) => rig.bus.on('chat.updated', (chat) => chat.activeRunId === null && resolve(chat)));
  full = false;
  await told;
  expect(rig.storage.messages.find(begun.messageId)).toMatchObject({ status: 'complete', parts: message.parts });
  expect((await toEnd(runs, begun)).run.state).toBe('completed');
});

test('the end of the agent does not wait for what cannot be written down, but tries a last time', async () => {
  let tries = 0;
  const update = (): void => {
    tries++;
    throw new Error('database or disk is full');
  };
  const runs = rig.service([answers('Paris.')], {
    storage: withRuns({ update }),
    timings: { flush: 5, merge: 1, retries: [], rewrite: 60_000 },
  });
  await toEnd(runs, await runs.start('c', saying('Hi')));
  const before = tries;
  await runs.close();
  expect(tries).toBe(before + 1);
});

test('an answer goes on when a change of its state cannot be written down', async () => {
  let locked = true;
  const update: RunsDeps['storage']['runs']['update'] = (run) => {
    if (locked && run.state === 'generating') {
      locked = false;
      throw new Error('database is locked');
    }
    rig.storage.runs.update(run);
  };
  const runs = rig.service([answers('It is', ' Paris.')], { storage: withRuns({ update }) });
  const { run, message } = await toEnd(runs, await runs.start('c', saying('Hi')));
  expect([locked, run.state, run.error, message.parts]).toEqual([false, 'completed', null, [{ type: 'text', text: 'It is Paris.' }]]);
});

test('a stop does not wait for a tokenizer', async () => {
  const counting = Promise.withResolvers<undefined>();
  const countPrompt: RunsDeps['countPrompt'] = () => {
    counting.resolve(undefined);
    return new Promise(() => undefined);
  };
  const runs = rig.service([answers('x')], { countPrompt });
  const begun = await runs.start('c', saying('z'.repeat(1000)));
  await counting.promise;
  expect((await runs.stop(begun.id)).state).toBe('stopped');
  expect(rig.calls).toEqual([]);
});

test('what was stopped was stopped, though the agent ends at the same moment', async () => {
  const runs = rig.service([waits('One ', 'two')]);
  const begun = await runs.start('c', saying('Hi'));
  for await (const { type } of runs.events(begun.id, undefined, new AbortController().signal)) if (type === 'delta') break;
  const [stopped] = await Promise.all([runs.stop(begun.id), runs.close()]);
  expect(stopped.state).toBe('stopped');
});

test('the end of the agent waits for a slow watcher to read how it ended', async () => {
  const runs = rig.service([waits('One ', 'two')], { timings: { flush: 5, merge: 1, retries: [], leave: 5_000 } });
  const begun = await runs.start('c', saying('Hi'));
  const first = Promise.withResolvers<undefined>();
  let last = '';
  const reading = (async () => {
    for await (const { type } of runs.events(begun.id, undefined, new AbortController().signal)) {
      first.resolve(undefined);
      await new Promise((done) => setTimeout(done, 30));
      last = type;
    }
  })();
  await first.promise;
  await runs.close();
  expect(last).toBe('finished');
  await reading;
});

test('a run reaches no message of another chat', async () => {
  const runs = rig.service([answers('secret answer')]);
  const { message } = await toEnd(runs, await runs.start('c', saying('secret')));
  rig.chats.insert({ ...rig.chats.find('c')!, id: 'd', headId: null, messageCount: 0 });
  const parts = [{ type: 'text' as const, text: 'x' }];
  const creates: RunCreate[] = [
    { kind: 'send', parts, parentId: message.id },
    { kind: 'edit', messageId: message.parentId!, parts },
    { kind: 'regenerate', messageId: message.id },
    { kind: 'resume', messageId: message.id },
  ];
  for (const create of creates) await expect(runs.start('d', create)).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
  expect(rig.calls).toHaveLength(1);
});

test('the word of the run stands over the chat’s; its time counts the tries before', async () => {
  const runs = rig.service([fails(unreachable), answers('x')], { timings: { flush: 5, merge: 1, retries: [100], leave: 100 } });
  rig.chats.update('c', { sampling: { temperature: 0.1, topP: 0.2 } });
  const { message } = await toEnd(runs, await runs.start('c', { ...saying('Hi'), sampling: { temperature: 0.9 } }));
  expect(rig.calls.at(-1)!.body).toMatchObject({ temperature: 0.9, top_p: 0.2 });
  expect(message.metrics!.totalMs).toBeGreaterThanOrEqual(74);
});

test('results of no call are refused', async () => {
  const runs = rig.service([answers('x')]);
  await toEnd(runs, await runs.start('c', saying('Hi')));
  const results: RunCreate = { kind: 'send', parts: [{ type: 'tool_result', toolCallId: 'none', content: 'x', isError: false }] };
  await expect(runs.start('c', results)).rejects.toMatchObject({ code: 'RUN_NOT_POSSIBLE', message: expect.stringContaining('no call') });
  expect(rig.chats.find('c')!.messageCount).toBe(2);
});

test('what goes on behind nothing begins anew, and says so', async () => {
  const runs = rig.service([fails(unreachable), fails(unreachable), fails(unreachable), answers('Paris.')]);
  await toEnd(runs, await runs.start('c', saying('Hi')));
  const { run } = await toEnd(runs, await runs.start('c', { kind: 'resume' }));
  expect([run.state, run.continued]).toEqual(['completed', 'new']);
});

test('half a surrogate pair is kept in the chat, and whole text is sent', async () => {
  const runs = rig.service([answers('cut \ud83d'), answers('ok')]);
  const { message } = await toEnd(runs, await runs.start('c', saying('half \ud800')));
  expect(message.parts).toEqual([{ type: 'text', text: 'cut ' }]);
  await toEnd(runs, await runs.start('c', saying('more')));
  const sent = rig.calls.flatMap(({ body }) => (body.messages as { content: string }[]).map(({ content }) => content));
  expect(sent).toEqual(['half \ufffd', 'half \ufffd', 'cut ', 'more']);
});

test('files that are too much together are refused before they fill the memory', async () => {
  const MB = 1024 * 1024;
  let read = 0;
  const attachment: RunsDeps['storage']['attachment'] = async (id) => {
    read++;
    return { info: { id, name: id, mediaType: 'video/mp4', bytes: 90 * MB, createdAt: '' }, bytes: new Uint8Array(90 * MB) };
  };
  const runs = rig.service([answers('x')], { storage: { ...rig.storage, attachment } });
  const parts = [1, 2, 3, 4, 5].map((n) => ({ type: 'file' as const, attachmentId: `${n}`, name: `${n}.mp4`, mediaType: 'video/mp4' }));
  await expect(runs.start('c', { kind: 'send', parts })).rejects.toMatchObject({
    code: 'ATTACHMENT_UNREADABLE',
    message: expect.stringContaining('3.mp4'),
  });
  expect(read).toBe(3);
});

test('a file of nothing but fences is read', async () => {
  const bytes = Buffer.from('```\n'.repeat(250_000));
  const attachment: RunsDeps['storage']['attachment'] = async (id) => ({
    info: { id, name: 'f.txt', mediaType: 'text/plain', bytes: bytes.length, createdAt: '' },
    bytes,
  });
  const runs = rig.service([answers('x')], { storage: { ...rig.storage, attachment }, answerer: async () => null });
  const parts = [{ type: 'file' as const, attachmentId: 'a', name: 'f.txt', mediaType: 'text/plain' }];
  expect((await toEnd(runs, await runs.start('c', { kind: 'send', parts }))).run.state).toBe('completed');
});

test('a partial answer of spaces without end is looked at from its end', () => {
  const cost = cpuMs(() => {
    expect(lastWord(`a${' '.repeat(50_000)}b ${'y'.repeat(20)}`).withheld).toBe(` ${'y'.repeat(20)}`);
    expect(lastWord(`a${' '.repeat(50_000)}b${'y'.repeat(100)}`).withheld).toBe('');
  });
  expect(cost).toBeLessThan(500);
});

test('what is not there is named', async () => {
  const runs = rig.service([answers('x')]);
  const part = { type: 'file' as const, attachmentId: 'a1', name: 'notes.md', mediaType: 'text/plain' };
  await expect(runs.start('c', { ...saying('Hi'), parentId: 'm1' } as RunCreate)).rejects.toMatchObject({
    message: expect.stringContaining('message m1 in'),
  });
  await expect(runs.start('c', { kind: 'send', parts: [part] })).rejects.toMatchObject({ message: expect.stringContaining('file a1.') });
  await expect(runs.start('c2', saying('Hi'))).rejects.toMatchObject({ message: expect.stringContaining('chat c2.') });
});

test('any id a reader comes back with leads to the answer as it is', async () => {
  const runs = rig.service([waits('One ', 'two')]);
  const begun = await runs.start('c', saying('Hi'));
  for await (const { type } of runs.events(begun.id, undefined, new AbortController().signal)) if (type === 'delta') break;
  const ids = [
    'x',
    '',
    '\0',
    'a'.repeat(100_000),
    '999999999.1.0.999999999.zzzzzzz',
    '1.1.0.3.abc',
    '1.0.5.5.abc',
    '1.1.-1.5.abc',
    '2.1.-1.0.ztntfp',
  ];
  const texts: string[] = [];
  const read = async (id: string): Promise<void> => {
    let message: ChatMessage | undefined;
    let text = '';
    for await (const event of runs.events(begun.id, id, new AbortController().signal) as AsyncIterable<RunEvent>) {
      if (event.type === 'delta') text += event.data.text;
      if (event.type === 'parts') text = event.data.message.parts.map((part) => ('text' in part ? part.text : '')).join('');
      if (event.type === 'finished') message = event.data.message;
    }
    texts.push(text);
    expect(message?.status).toBe('stopped');
  };
  const reading = Promise.all(ids.map(read));
  await new Promise(setImmediate);
  await runs.stop(begun.id);
  await reading;
  expect(texts).toEqual(ids.map(() => 'One two'));
});
