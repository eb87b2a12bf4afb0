/** The logs of all servers and of the agent, merged by time. */
import { stat } from 'node:fs/promises';
import {
  AGENT_LOG,
  type AllLogsQuery,
  type LogEntry,
  type LogLine,
  type LogSource,
  type LogsQuery,
  type AllLogs as Read,
} from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import type { ServersService } from '../service.js';
import type { AgentLog } from './agent-log.js';
import { isMissing } from './missing.js';

/** Text of one answer at most, characters: of longer lines there are fewer. */
const MOST_TEXT = 16_000_000;
/** Lines told at once to who follows, and characters of them. */
const BATCH = 500;
const BATCH_TEXT = 1_000_000;

export interface AllLogsDeps {
  readonly agentLog: AgentLog;
  readonly servers: Pick<ServersService, 'logs' | 'followLogs' | 'logFile'>;
  readonly logger: Logger;
  profiles(): readonly { id: number; name: string }[];
  /** @throws AgentError PROFILE_NOT_FOUND. */
  profile(id: number): unknown;
}

/** One log among the wanted ones. */
interface Wanted {
  readonly source: string;
  /** The last line the caller has; null when none was told. */
  readonly after: number | null;
  /** When it was last written, milliseconds. */
  readonly modified: number;
}

export class AllLogs {
  constructor(private readonly deps: AllLogsDeps) {}

  /** The logs there are, the agent's first. */
  async sources(): Promise<LogSource[]> {
    const { agentLog, servers } = this.deps;
    const agent = { source: AGENT_LOG, profileId: null, name: 'MLX Manager', path: agentLog.path };
    const others = this.deps.profiles().map(({ id, name }) => ({ source: String(id), profileId: id, name, path: servers.logFile(id) }));
    const sized = await Promise.all([agent, ...others].map(async (one) => ({ ...one, bytes: (await infoOf(one.path))?.bytes ?? 0 })));
    // The agent writes one always, also where its file was deleted.
    return sized.filter(({ source, bytes }) => source === AGENT_LOG || bytes > 0);
  }

  /** @throws AgentError PROFILE_NOT_FOUND where a source is none. */
  check({ sources }: Pick<AllLogsQuery, 'sources'>): void {
    for (const source of sources?.split(',') ?? []) if (source !== AGENT_LOG) this.deps.profile(Number(source));
  }

  /** The last lines that match, oldest first. */
  async read(query: AllLogsQuery): Promise<Read> {
    const { lines, positions } = await this.#read(query);
    return { lines, positions: [...positions].map(([source, seq]) => `${source}:${seq}`).join(',') };
  }

  /**
   * Hands on history and then new lines, some at once, each source's in order, none twice and none left out.
   * @param listener what it answers is waited for while history is told: there may be more of it than a reader takes at once.
   * @returns a function that ends it.
   * @throws AgentError PROFILE_NOT_FOUND.
   */
  async follow(query: AllLogsQuery, listener: (entries: LogEntry[]) => void | Promise<void>, signal?: AbortSignal): Promise<() => void> {
    let batch: LogEntry[] = [];
    let soon: NodeJS.Immediate | null = null;
    const flush = (): void => {
      soon = null;
      const entries = batch;
      batch = [];
      if (entries.length > 0) void listener(entries);
    };
    const { agentLog, servers, logger } = this.deps;
    const { lines: history, positions } = await this.#read(query);
    for (const some of inBatches(history)) {
      if (signal?.aborted === true) return () => undefined;
      await listener(some);
    }
    const lines = toLogsQuery({ ...query, lines: 0 });
    const stops = [...positions].map(([source, after]) => {
      const add = (line: LogLine): void => {
        batch.push({ source, ...line });
        if (batch.length >= BATCH) flush();
        else soon ??= setImmediate(flush);
      };
      return source === AGENT_LOG
        ? agentLog.follow(after, lines, add, (err) => logger.error({ err }, 'the log could not be read'))
        : servers.followLogs(Number(source), after, lines, add);
    });
    return () => {
      for (const stop of stops) stop();
      if (soon) clearImmediate(soon);
      batch = [];
    };
  }

  async #read(query: AllLogsQuery): Promise<{ lines: LogEntry[]; positions: Map<string, number> }> {
    const wanted = await this.#wanted(query);
    let last: LogEntry[] = [];
    let following: LogEntry[] = [];
    const positions = new Map<string, number>();
    for (const { source, after, modified } of wanted.sort((a, b) => b.modified - a.modified)) {
      // It was last written before what is asked for: only where it ends matters.
      const tooOld = after === null && last.length >= query.lines && (query.lines === 0 || modified < Date.parse(last[0]?.time ?? ''));
      const lines = await this.#history(source, { ...toLogsQuery(query), ...(tooOld && { lines: 1 }), after });
      positions.set(source, lines.at(-1)?.seq ?? after ?? 0);
      if (after !== null) following = mergeByTime(following, toEntries(source, lines));
      else if (!tooOld) last = mergeByTime(last, toEntries(source, lines)).slice(-query.lines);
    }
    return { lines: withinText(mergeByTime(last, following)), positions };
  }

  #history(source: string, query: LogsQuery & { after: number | null }): Promise<LogLine[]> {
    return source === AGENT_LOG ? this.deps.agentLog.history(query) : this.deps.servers.logs(Number(source), query);
  }

  async #wanted({ sources, after }: AllLogsQuery): Promise<Wanted[]> {
    this.check({ sources });
    const positions = new Map((after ?? '').split(',').map((one) => one.split(':') as [string, string]));
    const named = sources === undefined ? (await this.sources()).map(({ source }) => source) : [...new Set(sources.split(','))];
    return Promise.all(
      named.map(async (source) => {
        const path = source === AGENT_LOG ? this.deps.agentLog.path : this.deps.servers.logFile(Number(source));
        const position = positions.get(source);
        return { source, after: position === undefined ? null : Number(position), modified: (await infoOf(path))?.modified ?? 0 };
      }),
    );
  }
}

const toLogsQuery = ({ lines, level, search }: AllLogsQuery): LogsQuery => ({
  lines,
  ...(level !== undefined && { level }),
  ...(search !== undefined && { search }),
});
const toEntries = (source: string, lines: readonly LogLine[]): LogEntry[] => lines.map((line) => ({ source, ...line }));

/**
 * Two lists in one, by time; each keeps its own order, also where its times do not.
 * @param a comes first where times are the same.
 */
export function mergeByTime(a: readonly LogEntry[], b: readonly LogEntry[]): LogEntry[] {
  if (a.length === 0) return [...b];
  const all: LogEntry[] = [];
  let i = 0;
  for (const line of b) {
    for (let next = a[i]; next !== undefined && next.time <= line.time; next = a[++i]) all.push(next);
    all.push(line);
  }
  return all.concat(a.slice(i));
}

/** Pieces of a list, each of so many lines and so long at most. */
function* inBatches(lines: readonly LogEntry[]): Generator<LogEntry[]> {
  let batch: LogEntry[] = [];
  let text = 0;
  for (const line of lines) {
    batch.push(line);
    text += line.text.length;
    if (batch.length < BATCH && text < BATCH_TEXT) continue;
    yield batch;
    batch = [];
    text = 0;
  }
  if (batch.length > 0) yield batch;
}

/** As many of the last lines as one answer may hold. */
function withinText(lines: LogEntry[]): LogEntry[] {
  let room = MOST_TEXT;
  const first = lines.findLastIndex(({ text }) => (room -= text.length) < 0);
  return first === -1 ? lines : lines.slice(first + 1);
}

/** Of a log or its newest rotated file; null when there is nothing. */
async function infoOf(path: string): Promise<{ bytes: number; modified: number } | null> {
  for (const file of [path, `${path}.1`]) {
    try {
      const { size, mtimeMs } = await stat(file);
      if (size > 0) return { bytes: size, modified: mtimeMs };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return null;
}
