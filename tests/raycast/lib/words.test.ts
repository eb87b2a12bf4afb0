/** What the extension's words and small helpers make of numbers, errors and events. */
import { jest } from '@jest/globals';
import { AgentError, ERROR_CODES, type AgentEvent, type DownloadTask } from '@mlx-manager/shared';
import { amount, applyDownloadEvent, groupDownloads, lossOf, speed, timeLeft } from '../../../raycast-extension/src/lib/downloads.js';
import { bytes, count, duration, plural, rate, relativeTime, tokensPerSecond } from '../../../raycast-extension/src/lib/format.js';
import { pace } from '../../../raycast-extension/src/lib/pace.js';
import { isAway, problemOf } from '../../../raycast-extension/src/lib/problems.js';

test('numbers', () => {
  expect([0, 999, 1000, 999_499, 999_999, 1_254_000_000, 45_600_000_000].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.00 kB',
    '999 kB',
    '1.00 MB',
    '1.25 GB',
    '45.6 GB',
  ]);
  expect(rate(12_340_000)).toBe('12.3 MB/s');
  expect([0.42, 9, 45.4, 60, 200, 3600, 7500, 90_000].map(duration)).toEqual([
    '0.4 s',
    '9 s',
    '45 s',
    '1 min',
    '3 min 20 s',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
  ]);
  expect([42.06, 7, 150.4].map(tokensPerSecond)).toEqual(['42.1 tokens/s', '7 tokens/s', '150 tokens/s']);
  expect([950, 1234, 34_000, 5_600_000, 999_999].map(count)).toEqual(['950', '1.2k', '34k', '5.6M', '1M']);
  expect([plural(1, 'model'), plural(3, 'model'), plural(2, 'query', 'queries')]).toEqual(['1 model', '3 models', '2 queries']);
});

test('times', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const ago = (seconds: number): string => relativeTime(now - seconds * 1000, now);
  expect([3, 300, 7200, 86_400, 8 * 86_400, 70 * 86_400, 800 * 86_400].map(ago)).toEqual([
    'just now',
    '5 minutes ago',
    '2 hours ago',
    'yesterday',
    'last week',
    '2 months ago',
    '2 years ago',
  ]);
  expect(relativeTime('2026-11-21T14:00:00Z', now)).toBe('in 2 hours');
});

describe('pace', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('paints the first at once, then the newest at most every 50 ms, the last at the end', () => {
    const painted: string[] = [];
    const paced = pace(50, (text: string) => painted.push(text));
    paced('a');
    expect(painted).toEqual(['a']);
    paced('ab');
    paced('abc');
    jest.advanceTimersByTime(49);
    expect(painted).toEqual(['a']);
    jest.advanceTimersByTime(1);
    expect(painted).toEqual(['a', 'abc']);
    paced('abcd');
    paced.flush();
    expect(painted).toEqual(['a', 'abc', 'abcd']);
    paced.flush();
    jest.advanceTimersByTime(500);
    expect(painted).toHaveLength(3);
    paced('x');
    paced('y');
    paced.cancel();
    jest.advanceTimersByTime(500);
    expect(painted).toEqual(['a', 'abc', 'abcd', 'x']);
  });
});

describe('problems', () => {
  test.each([
    ['AGENT_NOT_RUNNING', 'start'],
    ['AGENT_NOT_INSTALLED', 'install'],
    ['AGENT_VERSION_MISMATCH', 'update'],
    ['UNAUTHORIZED', 'preferences'],
    ['AGENT_ADDRESS_INVALID', 'preferences'],
    ['AGENT_UNREACHABLE', 'retry'],
    ['NO_MODEL', 'search'],
    ['HUB_UNREACHABLE', 'retry'],
  ] as const)('%s is helped by %s', (code, remedy) => {
    const error = new AgentError(code, { which: 'the agent' });
    expect(problemOf(error).remedies[0]).toBe(remedy);
    expect(isAway(error)).toBe(!['NO_MODEL', 'HUB_UNREACHABLE'].includes(code));
  });

  test('an extension that is too old says that it is the one to update', () => {
    const error = new AgentError('AGENT_VERSION_MISMATCH', { agent: '9.0.0', client: '0.1.0', which: 'this client' });
    expect(problemOf(error)).toMatchObject({ title: 'This Extension Needs an Update', remedies: ['retry'] });
  });

  test('every error has words and something to do', () => {
    for (const error of [...ERROR_CODES.map((code) => new AgentError(code)), new Error('odd'), 'odd']) {
      const { title, text, remedies } = problemOf(error);
      expect([title.length > 5, text.length > 2, remedies.length > 0]).toEqual([true, true, true]);
    }
  });
});

describe('downloads', () => {
  const task = (more: Partial<DownloadTask>): DownloadTask => ({
    taskId: 'a',
    modelId: 'org/a',
    revision: 'main',
    commit: null,
    status: 'downloading',
    progress: 25,
    downloadedBytes: 1e9,
    totalBytes: 4e9,
    speedMbps: 12.5,
    etaSeconds: 240,
    file: null,
    filesDone: 1,
    filesTotal: 3,
    error: null,
    localPath: null,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    ...more,
  });
  const updated = (data: DownloadTask): AgentEvent => ({ id: '1', type: 'download.updated', data });

  test('groups in their order, empty ones left out', () => {
    const tasks = [
      task({ status: 'completed' }),
      task({ status: 'queued' }),
      task({ status: 'starting' }),
      task({}),
      task({ status: 'cancelled' }),
    ];
    expect(groupDownloads(tasks).map(({ title, tasks: { length } }) => [title, length])).toEqual([
      ['Active', 2],
      ['Waiting', 1],
      ['Completed', 1],
      ['Canceled', 1],
    ]);
  });

  test('events put in, change and take out', () => {
    const first = task({});
    expect(applyDownloadEvent([first], updated(task({ taskId: 'b' }))).map((one) => one.taskId)).toEqual(['b', 'a']);
    expect(applyDownloadEvent([first], updated(task({ progress: 50 })))).toEqual([task({ progress: 50 })]);
    expect(applyDownloadEvent([first], { id: '2', type: 'download.removed', data: { taskId: 'a' } })).toEqual([]);
    expect(applyDownloadEvent([first], { id: '3', type: 'agent.stopping', data: { reason: 'asked to' } })).toEqual([first]);
  });

  test('words', () => {
    expect([amount(task({})), speed(task({})), timeLeft(task({}))]).toEqual(['1.00 GB of 4.00 GB', '12.5 MB/s', '4 min left']);
    const paused = task({ status: 'paused', totalBytes: null });
    expect([amount(paused), speed(paused), timeLeft(paused)]).toEqual(['1.00 GB', '', '']);
    expect(amount(task({ status: 'completed' }))).toBe('4.00 GB');
    expect(lossOf(task({}))).toContain('1.00 GB');
    expect(lossOf(task({ downloadedBytes: 0 }))).toContain('nothing is lost');
  });
});
