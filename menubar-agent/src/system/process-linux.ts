/** Processes by /proc. Formats: proc(5), and the kernel's Documentation/filesystems/proc.rst. */
import { readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isNothingToRead, readNames, readText } from './proc-files.js';
import { tree, type ProcessRow } from './process-tree.js';
import { INSTANCE_VARIABLE, type ProcessIdentity, type ProcessTable } from './types.js';

/** Clock ticks a second in /proc: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const LISTEN = '0A';

/** @param procFolder where /proc is; another one in tests. */
export function linuxProcessTable(procFolder = '/proc'): ProcessTable {
  let bootId: string | undefined;

  async function readBootId(): Promise<string> {
    bootId ??= ((await readText(`${procFolder}/sys/kernel/random/boot_id`)) ?? 'unknown-boot').trim();
    return bootId;
  }

  async function readRow(pid: number): Promise<ProcessRow | null> {
    const [text, boot] = await Promise.all([readText(`${procFolder}/${pid}/stat`), readBootId()]);
    return text === null ? null : parseStat(text, boot);
  }

  const readPids = async (): Promise<number[]> =>
    (await readNames(procFolder))
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);

  const readRows = async (): Promise<ProcessRow[]> => (await Promise.all((await readPids()).map(readRow))).filter((row) => row !== null);

  async function startTime(pid: number): Promise<string | null> {
    const row = await readRow(pid);
    return row === null || row.dead ? null : row.startTime;
  }

  async function instanceOf(pid: number): Promise<string | null> {
    const text = await readText(`${procFolder}/${pid}/environ`);
    const prefix = `${INSTANCE_VARIABLE}=`;
    const entry = text?.split('\0').find((line) => line.startsWith(prefix));
    return entry === undefined ? null : entry.slice(prefix.length);
  }

  async function isOurs(pid: number): Promise<boolean> {
    try {
      return (await stat(`${procFolder}/${pid}`)).uid === process.getuid?.();
    } catch (error) {
      if (isNothingToRead(error)) return false;
      throw error;
    }
  }

  async function identifyHolder(pid: number, instance: string): Promise<ProcessIdentity | null> {
    const before = await startTime(pid);
    if (before === null || !(await isOurs(pid)) || (await instanceOf(pid)) !== instance) return null;
    // Read again: the pid may have passed to another process between the two reads.
    return (await startTime(pid)) === before ? { pid, startTime: before } : null;
  }

  /** PSS shares a page among those who map it, so that the sum over a tree counts it once. Null when the kernel tells us nothing. */
  async function memoryOf(pid: number): Promise<number | null> {
    for (const file of ['smaps_rollup', 'smaps']) {
      const text = await readText(`${procFolder}/${pid}/${file}`);
      const bytes = text === null ? null : sumKilobytes(text, /^Pss:\s+(\d+) kB$/gm);
      if (bytes !== null) return bytes;
    }
    // Resident size, as /proc/PID/statm has it, but in kB: a page's size cannot be asked from Node.
    const status = await readText(`${procFolder}/${pid}/status`);
    return status === null ? null : sumKilobytes(status, /^VmRSS:\s+(\d+) kB$/gm);
  }

  async function holdsSocket(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
    for (const fd of await readNames(`${procFolder}/${pid}/fd`)) {
      try {
        if (sockets.has(await readlink(`${procFolder}/${pid}/fd/${fd}`))) return true;
      } catch (error) {
        if (!isNothingToRead(error)) throw error;
      }
    }
    return false;
  }

  async function nameOf(pid: number): Promise<string> {
    try {
      return basename((await readlink(`${procFolder}/${pid}/exe`)).replace(/ \(deleted\)$/, ''));
    } catch (error) {
      if (!isNothingToRead(error)) throw error;
      return ((await readText(`${procFolder}/${pid}/comm`)) ?? 'unknown').trim();
    }
  }

  return {
    startTime,
    isAlive: async (identity) => (await startTime(identity.pid)) === identity.startTime,
    instanceOf,

    async findInstance(instance) {
      return (await Promise.all((await readPids()).map((pid) => identifyHolder(pid, instance)))).filter((found) => found !== null);
    },

    async groupMembers(groupId) {
      return (await readRows()).filter((row) => row.group === groupId && !row.dead).map((row) => row.pid);
    },

    async usage(pid) {
      const members = tree(await readRows(), pid);
      if (members.length === 0) return { memoryBytes: null, cpuSeconds: null };
      const memory = (await Promise.all(members.map((row) => memoryOf(row.pid)))).filter((bytes) => bytes !== null);
      return {
        memoryBytes: memory.length === 0 ? null : memory.reduce((sum, bytes) => sum + bytes, 0),
        cpuSeconds: members.reduce((sum, row) => sum + row.cpuSeconds, 0),
      };
    },

    async portHolder(port) {
      const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readText(`${procFolder}/net/${name}`)));
      const sockets = new Set(tables.flatMap((text) => (text === null ? [] : listeningSockets(text, port))));
      if (sockets.size === 0) return null;
      // Ascending: of a program that shares its socket with its workers, the parent comes first.
      for (const pid of await readPids()) {
        if (await holdsSocket(pid, sockets)) return { pid, name: await nameOf(pid) };
      }
      return null;
    },
  };
}

/**
 * A line of /proc/PID/stat. The name stands in parentheses and may itself hold blanks and parentheses, so fields are counted from
 * the last one. CPU includes children that ended and were waited for, so that the sum over a tree does not go back.
 */
export function parseStat(text: string, bootId: string): ProcessRow | null {
  const close = text.lastIndexOf(')');
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  // fields[0] is field 3 of proc(5).
  const field = (number: number): string => fields[number - 3] ?? '';
  if (close < 0 || field(22) === '') return null;
  const ticks = [14, 15, 16, 17].reduce((sum, number) => sum + Number(field(number)), 0);
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(field(4)),
    group: Number(field(5)),
    dead: field(3) === 'Z' || field(3) === 'X',
    cpuSeconds: ticks / TICKS_PER_SECOND,
    startTime: `${bootId}/${field(22)}`,
  };
}

/** Names of the sockets (as links in /proc/PID/fd show them) that listen on a port, from /proc/net/tcp or tcp6. */
export function listeningSockets(text: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === LISTEN)
    .map((columns) => `socket:[${columns[9] ?? ''}]`);
}

function sumKilobytes(text: string, pattern: RegExp): number | null {
  const values = [...text.matchAll(pattern)].map((match) => Number(match[1]));
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) * 1024;
}
