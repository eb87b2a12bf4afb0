/** What the command prints. The answer goes to stdout, everything about the way there to stderr. */
import type { AgentError, DownloadTask } from '@mlx-manager/shared';

let heard = false;

/**
 * Ends a command whose reader has left (`… | head`), as other commands do. Not for the agent itself: that outlives its terminal.
 * @param ends whether the process ends; else what cannot be written is lost.
 */
export function hearBrokenPipe(ends: boolean): void {
  if (heard) return;
  heard = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (ends) process.exit();
  });
}

/** A line of the answer. */
export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** A line about what is going on. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A problem and its cure. */
export function printError(error: AgentError): void {
  note(`✗ ${error.message}`);
  if (error.action !== '') note(`  ${error.action}`);
}

/** A line that is written over while something goes on; a plain line now and then where stderr is no terminal. */
export class ProgressLine {
  #last = '';
  #printedAt = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream = process.stderr,
    private readonly now: () => number = Date.now,
  ) {}

  show(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    if (this.stream.isTTY) {
      this.stream.write(`\r\x1b[2K${text.slice(0, (this.stream.columns || 80) - 1)}`);
    } else if (this.now() - this.#printedAt >= 2000) {
      this.#printedAt = this.now();
      this.stream.write(`${text}\n`);
    }
  }

  /** Ends the line, with a last text where there is one. */
  end(text?: string): void {
    if (this.stream.isTTY && this.#last !== '') this.stream.write('\r\x1b[2K');
    if (text !== undefined) this.stream.write(`${text}\n`);
    this.#last = '';
  }
}

/** Bytes in decimal units, as the hub shows them: `1.25 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/** Seconds as `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Milliseconds as `7 ms`, `1.2 s`, `3 min`. */
export function formatMilliseconds(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** A download in one line. */
export function formatDownload(task: DownloadTask): string {
  const size = task.totalBytes === null ? '' : ` of ${formatBytes(task.totalBytes)}`;
  const rate = task.speedMbps > 0 ? `, ${task.speedMbps.toFixed(1)} MB/s` : '';
  const left = task.etaSeconds === null ? '' : `, ${formatSeconds(task.etaSeconds)} left`;
  return `${task.modelId}: ${task.status} ${task.progress.toFixed(0)} % (${formatBytes(task.downloadedBytes)}${size}${rate}${left})`;
}

/** Rows in columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
