/** The logs of servers and of the agent in one: merged by time, followed, over a restart of the agent. */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogEntry } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent();
});
afterEach(() => endRig(rig));

const profile = async (name: string): Promise<string> =>
  String((await rig.client.createProfile({ body: { name, modelPath: 'org/model', engine: 'mlx-lm' } })).id);
/** Writes to a server's log as its engine would. */
function write(id: string, ...lines: string[]): void {
  const file = `${rig.env.MLX_MANAGER_HOME}/logs/server-${id}.log`;
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
}
const at = (second: number, text: string): string => `2026-11-21T13:00:${String(second).padStart(2, '0')}.000Z INFO ${text}`;
const said = (lines: readonly LogEntry[]): string[] => lines.map(({ text }) => text.split(' ').at(-1) ?? '');

/** Follows until so many lines came. */
async function follow(
  query: Parameters<Rig['client']['followAllLogs']>[0]['query'],
  count: number,
  opened?: () => void,
): Promise<LogEntry[]> {
  const left = new AbortController();
  const got: LogEntry[] = [];
  for await (const entries of rig.client.followAllLogs({ query: query ?? {}, signal: left.signal, ...(opened && { onOpen: opened }) })) {
    got.push(...entries);
    if (got.length >= count) break;
  }
  left.abort();
  return got;
}

test('sources are the agent and each profile with a log; lines come merged by time', async () => {
  const [one, two] = [await profile('one'), await profile('two')];
  await profile('never ran');
  write(one, at(1, 'a'), at(4, 'd'));
  write(two, at(2, 'b'), at(3, 'c'), at(5, 'e'));
  expect((await rig.client.listLogSources()).map(({ source, profileId, name }) => [source, profileId, name])).toEqual([
    ['agent', null, 'MLX Manager'],
    [one, Number(one), 'one'],
    [two, Number(two), 'two'],
  ]);
  const both = { sources: `${one},${two}` };
  const { lines, positions } = await rig.client.readLogs({ query: both });
  expect(said(lines)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(positions.split(',').sort()).toEqual([`${one}:2`, `${two}:3`].sort());
  expect(said((await rig.client.readLogs({ query: { ...both, lines: 2 } })).lines)).toEqual(['d', 'e']);
  expect(said((await rig.client.readLogs({ query: { ...both, after: `${one}:1,${two}:1` } })).lines)).toEqual(['c', 'd', 'e']);
  const all = await rig.client.readLogs({ query: { lines: 100 } });
  expect(all.lines.find(({ source }) => source === 'agent')).toMatchObject({ level: 'info', text: expect.stringContaining('ready') });
});

test('who follows gets what others write, and goes on where it was', async () => {
  const [one, two] = [await profile('one'), await profile('two')];
  write(one, at(1, 'a'));
  write(two, at(2, 'b'));
  const { positions } = await rig.client.readLogs({ query: { sources: `${one},${two}` } });
  const got = await follow({ sources: `${one},${two}`, lines: 0, after: positions }, 2, () => {
    write(one, at(3, 'c'));
    write(two, at(4, 'd'));
  });
  expect(said(got).sort()).toEqual(['c', 'd']);
  // What came while nobody followed comes first, once.
  write(one, at(5, 'e'));
  const more = await follow({ sources: `${one},${two}`, lines: 0, after: `${one}:2,${two}:2` }, 2, () => write(two, at(6, 'f')));
  expect(more.map(({ source, seq }) => [source, seq]).sort()).toEqual(
    [
      [one, 3],
      [two, 3],
    ].sort(),
  );
});

test('over a restart of the agent its own lines keep their numbers', async () => {
  const before = await rig.client.readLogs({ query: { sources: 'agent', lines: 1000 } });
  await rig.stop();
  rig = await startAgent({ folder: rig.folder });
  const after = await follow({ sources: 'agent', lines: 0, after: before.positions }, 2);
  const last = before.lines.at(-1)?.seq ?? 0;
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, i) => last + 1 + i));
  expect(after.map(({ text }) => text).join('\n')).toContain('stopped');
});

test('10,000 lines come at once; a burst is followed whole', async () => {
  const one = await profile('one');
  write(one, ...Array.from({ length: 12_000 }, (_, i) => at(i % 60, `line-${i + 1}`)));
  const { lines } = await rig.client.readLogs({ query: { sources: one, lines: 10_000 } });
  expect([lines.length, lines[0]?.seq, lines.at(-1)?.seq]).toEqual([10_000, 2001, 12_000]);
  const burst = Array.from({ length: 5000 }, (_, i) => `burst-${i}`);
  const got = await follow({ sources: one, lines: 0, after: `${one}:12000` }, 5000, () => write(one, ...burst));
  expect(got.map(({ text }) => text)).toEqual(burst);
});

test('more than a reader takes at once comes all the same, in pieces', async () => {
  const one = await profile('one');
  // 45 MB, of which an answer holds 16: the last ones.
  for (let i = 0; i < 30; i++) write(one, ...Array.from({ length: 100 }, (_, k) => `${'y'.repeat(15_000)} long-${i * 100 + k + 2}`));
  write(one, 'the end');
  const got: LogEntry[] = [];
  const left = new AbortController();
  for await (const entries of rig.client.followAllLogs({ query: { sources: one, lines: 0, after: `${one}:1` }, signal: left.signal })) {
    got.push(...entries);
    if (got.at(-1)?.text === 'the end') break;
  }
  left.abort();
  expect(got.length).toBeGreaterThan(1000);
  expect(got.map(({ seq }) => seq)).toEqual(got.map((_, i) => 3001 - got.length + 1 + i));
});

test('no lines wanted: none come, and the positions are those of the ends; one log has a position, another none', async () => {
  const [one, two] = [await profile('one'), await profile('two')];
  write(one, at(1, 'a'), at(2, 'b'), at(3, 'c'));
  write(two, at(4, 'd'), at(5, 'e'));
  const none = await rig.client.readLogs({ query: { sources: `${one},${two}`, lines: 0 } });
  expect(none.lines).toEqual([]);
  expect(none.positions.split(',').sort()).toEqual([`${one}:3`, `${two}:2`].sort());
  const mixed = await rig.client.readLogs({ query: { sources: `${one},${two}`, lines: 1, after: `${one}:1` } });
  expect(said(mixed.lines)).toEqual(['b', 'c', 'e']);
});

test('the agent’s own log is among the sources, and can be read, after somebody deleted it', async () => {
  rmSync(`${rig.env.MLX_MANAGER_HOME}/logs/agent.log`);
  expect((await rig.client.listLogSources()).map(({ source }) => source)).toEqual(['agent']);
  expect((await rig.client.readLogs({ query: { sources: 'agent' } })).positions).toMatch(/^agent:\d+$/);
});

test('no secret leaves, a source that is none is refused', async () => {
  const one = await profile('one');
  write(one, 'loading with token hf_abcdefghijklmn and Bearer abcdefghijkl');
  const { lines } = await rig.client.readLogs({ query: {} });
  expect(JSON.stringify(lines)).not.toMatch(/abcdefghij/);
  expect(JSON.stringify(lines)).not.toContain(rig.agent.token);
  await expect(rig.client.readLogs({ query: { sources: '999' } })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(follow({ sources: '999' }, 1)).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND', status: 404 });
  await expect(rig.client.readLogs({ query: { sources: '../etc' } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  await expect(rig.client.readLogs({ query: { after: 'x' } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
