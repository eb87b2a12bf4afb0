/** `requests`: what was asked of the models, and how it went. */
import { Option, type Command } from 'commander';
import { REQUEST_OUTCOMES, type Client, type RequestFilter, type RequestOutcome, type RequestRecord } from '@mlx-manager/shared';
import { formatMilliseconds, note, print } from './output.js';

export interface RequestsOptions {
  readonly follow: boolean;
  readonly limit: number;
  readonly query: Partial<RequestFilter>;
}

interface Words {
  readonly follow?: boolean;
  readonly lines: number;
  readonly model?: string;
  readonly client?: string;
  readonly outcome?: RequestOutcome;
  readonly search?: string;
}

/** The API gives no more at once. */
const MOST = 500;

/** Adds the command. @param client finds the running agent. @param toCount reads a number of lines. */
export function addRequests(program: Command, client: () => Promise<Client>, toCount: (text: string) => number): void {
  program
    .command('requests')
    .description('what was asked of the models, and how it went; times are UTC')
    .option('-f, --follow', 'go on with those that end from now on')
    .option('-n, --lines <count>', `how many, at most ${MOST}`, toCount, 20)
    .option('--model <text>', 'only models with this text in their name')
    .option('--client <text>', 'only clients with this text in their name')
    .addOption(new Option('--outcome <how>', 'only those that ended so').choices(REQUEST_OUTCOMES))
    .option('--search <text>', 'only those with this text in id, names, endpoint or error code')
    .action(async ({ follow, lines, ...query }: Words) => {
      await showRequests(await client(), { follow: follow === true, limit: Math.min(lines, MOST), query });
    });
}

/** Prints them, the newest last; with `follow` until the stream ends. */
export async function showRequests(client: Client, { follow, limit, query }: RequestsOptions): Promise<void> {
  const left = new AbortController();
  try {
    const live = follow ? client.watchRequests({ query, signal: left.signal }) : null;
    // Subscribed first, asked second: what ends between is in one of them, or in both.
    const first = live?.next();
    // A stream that breaks off is told where it is read.
    first?.catch(() => undefined);
    const history = limit === 0 ? [] : await client.listRequests({ query: { ...query, limit } });
    if (history.length === 0 && !follow) {
      note('No request is kept that fits. Ask a model something at /v1.');
      return;
    }
    print(line(COLUMNS.map(({ title }) => title)));
    for (const one of history.toReversed()) show(one);
    if (!live || !first) return;
    const shown = new Set(history.map(({ id }) => id));
    for (let next = await first; next.done !== true; next = await live.next()) {
      const { event, request } = next.value;
      if (event === 'finished' && !shown.has(request.id)) show(request);
    }
  } finally {
    left.abort();
  }
}

interface Column {
  readonly title: string;
  /** Letters; what is longer is cut, so that lines that come later stand under those before. */
  readonly width: number;
  readonly of: (request: RequestRecord) => string;
}

const milliseconds = (ms: number | null): string => (ms === null ? '' : formatMilliseconds(ms));
const count = (tokens: number | null, counted: boolean): string => (tokens === null ? '' : `${counted ? '~' : ''}${tokens}`);

const COLUMNS: readonly Column[] = [
  { title: 'TIME', width: 8, of: ({ startedAt }) => startedAt.slice(11, 19) },
  {
    title: 'MODEL',
    width: 24,
    of: ({ profileName, provider, model }) => (provider === null ? (profileName ?? model) : `${provider}: ${model}`),
  },
  { title: 'PROTOCOL', width: 9, of: ({ protocol }) => protocol },
  { title: 'STATUS', width: 6, of: ({ status }) => String(status) },
  { title: 'QUEUE', width: 7, of: ({ queueMs }) => milliseconds(queueMs) },
  { title: 'LOAD', width: 7, of: ({ loadMs }) => milliseconds(loadMs) },
  { title: 'FIRST', width: 7, of: ({ firstTokenMs }) => milliseconds(firstTokenMs) },
  { title: 'TOTAL', width: 7, of: ({ totalMs }) => milliseconds(totalMs) },
  { title: 'IN', width: 7, of: ({ promptTokens, counted }) => count(promptTokens, counted) },
  { title: 'OUT', width: 7, of: ({ completionTokens, counted }) => count(completionTokens, counted) },
  { title: 'TOK/S', width: 6, of: ({ tokensPerSecond }) => (tokensPerSecond === null ? '' : tokensPerSecond.toFixed(1)) },
  {
    title: 'END',
    width: 20,
    of: ({ outcome, errorCode, finishReason }) => (outcome === 'ok' ? (finishReason ?? 'ok') : (errorCode ?? outcome)),
  },
  { title: 'CLIENT', width: Infinity, of: ({ keyName, client }) => keyName ?? client ?? '' },
];

const show = (request: RequestRecord): void => print(line(COLUMNS.map((column) => column.of(request))));

function line(cells: readonly string[]): string {
  return COLUMNS.map(({ width }, i) => fitted(cells[i] ?? '', width))
    .join('  ')
    .trimEnd();
}

function fitted(text: string, width: number): string {
  if (width === Infinity) return text;
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
