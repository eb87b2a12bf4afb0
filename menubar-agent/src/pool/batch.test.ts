/** Requests that may not run together at an engine that samples a whole batch alike. */
import { poolRig, settled, type Request } from '../../../tests/support/pool.js';

const seated = (requests: readonly Request[]): boolean[] => requests.map(({ ticket }) => ticket !== null);

async function running(limit = 4) {
  const rig = poolRig({ 1: { gb: 2, limit } });
  const warm = rig.ask(1);
  await rig.clock.advance(1000);
  warm.ticket!.release();
  const ask = (batchKey: string | null, priority?: 'interactive' | 'normal' | 'batch'): Request =>
    rig.ask(1, { batchKey, ...(priority && { priority }) });
  return { ...rig, ask };
}

test('one of another kind waits until those that run are done, one without a kind does not', async () => {
  const { ask } = await running();
  const [hot, cold, plain] = [ask('hot'), ask('cold'), ask(null)];
  await settled();
  expect(seated([hot, cold, plain])).toEqual([true, false, false]); // a free place is not for who comes behind one that waits
  hot.ticket!.release();
  await settled();
  expect(seated([cold, plain])).toEqual([true, true]);
});

test('those of the kind that runs come in beside it, those without one too', async () => {
  const { ask } = await running();
  const requests = [ask('hot'), ask('hot'), ask(null), ask('hot')];
  await settled();
  expect(seated(requests)).toEqual([true, true, true, true]);
});

test('when one of another kind is next, nobody of the kind that runs is let in before it', async () => {
  const { ask } = await running(2);
  const [first, second] = [ask('hot'), ask('hot')];
  const [cold, third] = [ask('cold'), ask('hot')];
  await settled();
  first.ticket!.release();
  await settled();
  expect(seated([cold, third])).toEqual([false, false]);
  second.ticket!.release();
  await settled();
  expect(seated([cold, third])).toEqual([true, false]);
  cold.ticket!.release();
  await settled();
  expect(seated([third])).toEqual([true]);
});

test('when the engine is empty all of the first one’s kind begin together; who came later waits', async () => {
  const { ask } = await running(3);
  const first = ask('x');
  const requests = ['a', 'b', 'a', 'b', 'a', 'a'].map((key) => ask(key));
  await settled();
  first.ticket!.release();
  await settled();
  expect(seated(requests)).toEqual([true, false, true, false, true, false]);
  requests[0]!.ticket!.release();
  await settled();
  expect(seated(requests)).toEqual([true, false, true, false, true, false]); // the round is over when it is over
  requests[2]!.ticket!.release();
  requests[4]!.ticket!.release();
  await settled();
  expect(seated(requests)).toEqual([true, true, true, true, true, false]);
});

test('nobody is passed by one of lower priority', async () => {
  const { ask } = await running();
  const first = ask('x');
  const [a, b, low, same] = [ask('a', 'normal'), ask('b', 'normal'), ask('a', 'batch'), ask('a', 'normal')];
  await settled();
  first.ticket!.release();
  await settled();
  expect(seated([a, b, low, same])).toEqual([true, false, false, true]);
});

test('who leaves the queue, or waits too long, lets those by that fit', async () => {
  const rig = poolRig({ 1: { gb: 2, limit: 4, queueTimeout: 10 } });
  const ask = (batchKey: string): Request => rig.ask(1, { batchKey });
  const first = ask('hot');
  await rig.clock.advance(1000);
  const [cold, more] = [ask('cold'), ask('hot')];
  await settled();
  expect(seated([first, cold, more])).toEqual([true, false, false]);
  cold.leave();
  await settled();
  expect(seated([more])).toEqual([true]);
  const late = ask('cold');
  await rig.clock.advance(9_000);
  const last = ask('hot');
  await rig.clock.advance(1_000);
  expect(late.error).toMatchObject({ code: 'QUEUE_TIMEOUT' });
  expect(seated([last])).toEqual([true]);
});

test('one that left is still there for a moment: its own kind may come in at once, others when it is gone', async () => {
  const { ask, clock } = await running();
  const left = ask('hot');
  await settled();
  left.ticket!.release(true);
  const [same, cold] = [ask('hot'), ask('cold')];
  await settled();
  expect(seated([same, cold])).toEqual([true, false]);
  same.ticket!.release();
  await clock.advance(249);
  expect(seated([cold])).toEqual([false]);
  await clock.advance(1);
  expect(seated([cold])).toEqual([true]);
});
