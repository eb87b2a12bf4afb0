/**
 * Processes by `ps`, `lsof` and `footprint`. Not yet verified on a Mac: built on manual pages and on samples from public sources
 * (fixtures/README.md).
 *
 * A process whose code signature is restricted hides its environment (giampaolo/psutil issue 2084); the Pythons of uv are not.
 */
import { AgentError } from '@mlx-manager/shared';
import { tree, type ProcessRow } from './process-tree.js';
import type { CommandResult, Run } from './run.js';
import { INSTANCE_VARIABLE, type ProcessIdentity, type ProcessTable } from './types.js';

const PS = '/bin/ps';
const LSOF = '/usr/sbin/lsof';
const FOOTPRINT = '/usr/bin/footprint';
const TOP = '/usr/bin/top';

/** One `-o` each: after `=` the rest of an argument would be a heading. */
const columns = (...names: string[]): string[] => names.flatMap((name) => ['-o', `${name}=`]);
const ROW_COLUMNS = columns('pid', 'ppid', 'pgid', 'uid', 'stat', 'time', 'lstart');

/** @param run how commands are run; another one in tests. */
export function macosProcessTable(run: Run): ProcessTable {
  /** `ps` exits 1 when it found nobody. That it could not run at all must never look like "nobody lives". */
  async function ps(...args: string[]): Promise<string> {
    const result = await run(PS, args);
    if (result.exitCode === null) throw commandFailed(PS, result);
    return result.stdout;
  }

  const readRows = async (): Promise<MacRow[]> => parsePs(await ps('-A', ...ROW_COLUMNS));

  async function startTime(pid: number): Promise<string | null> {
    const row = parsePs(await ps(...ROW_COLUMNS, '-p', String(pid))).find((each) => each.pid === pid);
    return row === undefined || row.dead ? null : row.startTime;
  }

  async function instanceOf(pid: number): Promise<string | null> {
    const args = ['-ww', ...columns('command'), '-p', String(pid)];
    const [plain, withEnvironment] = await Promise.all([ps(...args), ps('-E', ...args)]);
    return parseInstance(plain, withEnvironment);
  }

  async function identifyHolder(pid: number, instance: string): Promise<ProcessIdentity | null> {
    const before = await startTime(pid);
    if (before === null || (await instanceOf(pid)) !== instance) return null;
    // Read again: the pid may have passed to another process between the two reads.
    return (await startTime(pid)) === before ? { pid, startTime: before } : null;
  }

  async function memoryOf(pids: readonly number[]): Promise<number | null> {
    // Asks only about the named processes and answers in bytes; `top` looks at all of them and rounds to three or four digits.
    const footprint = await run(FOOTPRINT, ['-f', 'bytes', ...pids.flatMap((pid) => ['-p', String(pid)])]);
    return parseFootprint(footprint.stdout) ?? parseTop((await run(TOP, ['-l', '1', '-stats', 'pid,mem'])).stdout, pids);
  }

  return {
    startTime,
    isAlive: async (identity) => (await startTime(identity.pid)) === identity.startTime,
    instanceOf,

    async findInstance(instance) {
      const mine = String(process.getuid?.());
      const text = await ps('-E', '-A', '-ww', ...columns('pid', 'uid', 'command'));
      const candidates = text
        .split('\n')
        .filter((line) => line.includes(`${INSTANCE_VARIABLE}=${instance}`))
        .map((line) => /^\s*(\d+)\s+(\d+)\s/.exec(line))
        .filter((match) => match?.[2] === mine)
        .map((match) => Number(match?.[1]));
      return (await Promise.all(candidates.map((pid) => identifyHolder(pid, instance)))).filter((found) => found !== null);
    },

    async groupMembers(groupId) {
      return (await readRows()).filter((row) => row.group === groupId && !row.dead).map((row) => row.pid);
    },

    async usage(pid) {
      const members = tree(await readRows(), pid);
      if (members.length === 0) return { memoryBytes: null, cpuSeconds: null };
      return {
        memoryBytes: await memoryOf(members.map((row) => row.pid)),
        cpuSeconds: members.reduce((sum, row) => sum + row.cpuSeconds, 0),
      };
    },

    async portHolder(port) {
      const result = await run(LSOF, ['-nP', '+c0', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpcn']);
      if (result.exitCode === null) throw commandFailed(LSOF, result);
      return parseLsof(result.stdout, port);
    },
  };
}

export interface MacRow extends ProcessRow {
  readonly uid: number;
}

const commandFailed = (file: string, result: CommandResult): AgentError =>
  new AgentError('INTERNAL', {}, { cause: new Error(`${file} did not run: ${result.stderr}`) });

/** Lines of `ps -o pid= -o ppid= -o pgid= -o uid= -o stat= -o time= -o lstart=`. */
export function parsePs(text: string): MacRow[] {
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+([\d:.-]+)\s+(\S.*?)\s*$/;
  return text
    .split('\n')
    .map((each) => line.exec(each))
    .filter((match) => match !== null)
    .map(([, pid, parent, group, uid, state = '', time = '', started = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      uid: Number(uid),
      dead: state.startsWith('Z'),
      cpuSeconds: parseCpuTime(time),
      // The day of the month is padded with a blank.
      startTime: started.replace(/\s+/g, ' '),
    }));
}

/** CPU time as `ps` writes it: `MM:SS.hh` on macOS (minutes do not roll over), `[DD-]HH:MM:SS` elsewhere. Seconds. */
export function parseCpuTime(text: string): number {
  const [days, clock] = text.includes('-') ? [Number(text.split('-')[0]), text.split('-')[1] ?? ''] : [0, text];
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + days * 86_400;
}

/**
 * The instance in a process's environment. `ps -E` writes the environment behind the command without a mark between the two, so
 * the command alone is taken away first: otherwise an argument could pass for a variable.
 */
export function parseInstance(plain: string, withEnvironment: string): string | null {
  const command = plain.trimEnd();
  const whole = withEnvironment.trimEnd();
  if (command === '' || !whole.startsWith(command)) return null;
  const found = new RegExp(`(?:^|\\s)${INSTANCE_VARIABLE}=(\\S+)`).exec(whole.slice(command.length));
  return found?.[1] ?? null;
}

/** Sum of the `phys_footprint` lines of `footprint -f bytes`; null when there is none. Bytes. */
export function parseFootprint(text: string): number | null {
  const values = [...text.matchAll(/^\s*phys_footprint:\s+(\d+) B\s*$/gm)].map((match) => Number(match[1]));
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

const TOP_UNITS: Readonly<Record<string, number>> = { B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Sum of the MEM column of `top -l 1 -stats pid,mem` for some processes; null when none is listed. Bytes, rounded as top rounds. */
export function parseTop(text: string, pids: readonly number[]): number | null {
  // A `+` or `-` behind the value says how it changed; the column is padded with blanks.
  const values = [...text.matchAll(/^\s*(\d+)\s+(?:.*\s)?(\d+(?:\.\d+)?)([BKMGT])[+-]?\s*$/gm)]
    .filter((match) => pids.includes(Number(match[1])))
    .map((match) => Number(match[2]) * (TOP_UNITS[match[3] ?? ''] ?? 1));
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** The first process in `lsof -Fpcn` output that listens on the port. */
export function parseLsof(text: string, port: number): { pid: number; name: string } | null {
  let pid = 0;
  let name = 'unknown';
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) {
      pid = Number(value);
      name = 'unknown';
    } else if (line.startsWith('c')) {
      name = value.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    } else if (line.startsWith('n') && value.endsWith(`:${port}`) && pid > 0) {
      return { pid, name };
    }
  }
  return null;
}
