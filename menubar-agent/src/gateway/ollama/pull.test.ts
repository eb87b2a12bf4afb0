import { AgentError, type DownloadStatus, type DownloadTask } from '@mlx-manager/shared';
import { EventBus } from '../../core/index.js';
import { Pulls, pullTarget, type PullLine } from './pull.js';

test.each([
  ['org/Model-4bit', 'org/Model-4bit', 'main'],
  ['hf.co/org/Model', 'org/Model', 'main'],
  ['https://huggingface.co/org/Model', 'org/Model', 'main'],
  ['org/Model:latest', 'org/Model', 'main'],
  ['org/Model:v1.0', 'org/Model', 'v1.0'],
])('%s is %s at %s', (name, modelId, revision) => {
  expect(pullTarget(name)).toEqual({ modelId, revision });
});

test.each(['llama3.2', 'llama3.2:1b', 'org/../x', 'a/b/c', 'org/x:../y', 'http://evil/org/x'])('%s is no model of the hub', (name) => {
  expect(() => pullTarget(name)).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('ORG/NAME') }),
  );
});

/** A download that does what the test says. */
function setUp(before: DownloadStatus | null = null) {
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  let task = {
    taskId: 't',
    modelId: 'org/x',
    revision: 'main',
    status: before ?? 'queued',
    totalBytes: null,
    downloadedBytes: 0,
    error: null,
  } as DownloadTask;
  let known = before !== null;
  const paused: string[] = [];
  const change = (changes: Partial<DownloadTask>): void => {
    task = { ...task, ...changes };
    bus.emit('download.updated', task);
  };
  const pulls = new Pulls({
    bus,
    downloads: {
      list: () => (known ? [task] : []),
      get: () => task,
      start: async () => {
        known = true;
        return task;
      },
      pause: async (taskId) => {
        paused.push(taskId);
        return task;
      },
    },
  });
  const left = new AbortController();
  return { pulls, change, paused, left, run: () => pulls.run('org/x', left.signal) };
}
const next = async (lines: AsyncGenerator<PullLine>): Promise<PullLine | undefined> => (await lines.next()).value as PullLine | undefined;

test('progress of one digest, to the end', async () => {
  const { run, change, paused } = setUp();
  const lines = run();
  expect(await next(lines)).toEqual({ status: 'pulling manifest' });
  const first = next(lines);
  await Promise.resolve();
  change({ status: 'downloading', totalBytes: 100, downloadedBytes: 40 });
  const line = await first;
  expect(line).toEqual({
    status: expect.stringMatching(/^pulling [0-9a-f]{12}$/),
    digest: expect.stringMatching(/^sha256:/),
    total: 100,
    completed: 40,
  });
  change({ file: 'model.safetensors' });
  change({ status: 'completed', downloadedBytes: 100 });
  expect(await next(lines)).toEqual({ ...line, completed: 100 });
  const rest = [];
  for await (const one of lines) rest.push(one.status);
  expect(rest).toEqual(['verifying sha256 digest', 'writing manifest', 'success']);
  expect(paused).toEqual([]);
});

test('a model that is here already: no progress, success', async () => {
  const { run } = setUp('completed');
  const all = [];
  for await (const line of run()) all.push(line.status);
  expect(all).toEqual(['pulling manifest', 'verifying sha256 digest', 'writing manifest', 'success']);
});

test('a failed download is told in its own words', async () => {
  const { run, change } = setUp();
  const lines = run();
  await next(lines);
  const waiting = next(lines);
  await Promise.resolve();
  change({ status: 'failed', error: new AgentError('DISK_FULL', { freeGb: 1, neededGb: 9 }).toTaskError() });
  await expect(waiting).rejects.toMatchObject({ code: 'DISK_FULL', message: 'The disk has 1 GB free; 9 GB are needed.' });
});

test('one that its owner pauses is told as such', async () => {
  const { run, change, paused } = setUp();
  const lines = run();
  await next(lines);
  const waiting = next(lines);
  await Promise.resolve();
  change({ status: 'paused' });
  await expect(waiting).rejects.toMatchObject({ code: 'DOWNLOAD_STATE' });
  expect(paused).toEqual([]);
});

test('the last reader that leaves pauses what was begun here', async () => {
  const { run, pulls, change, paused, left } = setUp();
  const lines = run();
  await next(lines);
  const waiting = expect(next(lines)).rejects.toThrow();
  await Promise.resolve();
  const other = pulls.run('org/x', new AbortController().signal);
  await next(other);
  const others = next(other);
  await Promise.resolve();
  left.abort();
  await waiting;
  expect(paused).toEqual([]);
  change({ status: 'downloading', totalBytes: 10, downloadedBytes: 1 });
  await others;
  await other.return(undefined);
  expect(paused).toEqual(['t']);
});

test('a download that was under way before goes on', async () => {
  const { run, paused, left } = setUp('downloading');
  const lines = run();
  await next(lines);
  const waiting = expect(next(lines)).rejects.toThrow();
  await Promise.resolve();
  left.abort();
  await waiting;
  expect(paused).toEqual([]);
});
