/** Sends a stretch of a file, and lets go wrong what the test wants to go wrong. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredFile } from './content.js';
import type { Fault, LoggedRequest } from './types.js';

const PIECE = 64 * 1024;

/**
 * Answers a request for a file's content: 200, 206 or 416.
 * @param faults those that hold for this request.
 */
export async function sendFile(
  file: StoredFile,
  headers: Readonly<Record<string, string>>,
  faults: readonly Fault[],
  log: LoggedRequest,
  response: ServerResponse,
): Promise<void> {
  const asked = faults.some((fault) => fault.ignoreRange === true) ? undefined : log.headers.range;
  const range = parseRange(asked, file.size);
  if (range === 'unsatisfiable') {
    log.status = 416;
    response.writeHead(416, { ...headers, 'content-range': `bytes */${file.size}` }).end();
    return;
  }
  const [start, end] = range ?? [0, file.size];
  log.status = range === null ? 200 : 206;
  const position = range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` };
  response.writeHead(log.status, { 'accept-ranges': 'bytes', ...headers, ...position, 'content-length': end - start });
  if (log.method === 'HEAD') {
    response.end();
    return;
  }

  const cutAfter = least(faults.map((fault) => fault.cutAfter));
  const stallAfter = least(faults.map((fault) => fault.stallAfter));
  const throttle = least(faults.map((fault) => fault.throttle));
  for (let at = start; at < end;) {
    const sent = at - start;
    if (sent >= cutAfter) {
      response.destroy();
      return;
    }
    if (sent >= stallAfter) {
      await once(response, 'close');
      return;
    }
    const piece = throttle === Number.POSITIVE_INFINITY ? PIECE : Math.max(1, Math.min(PIECE, Math.floor(throttle / 20)));
    const length = Math.min(piece, end - at, cutAfter - sent, stallAfter - sent);
    const bytes = Buffer.from(file.read(at, length));
    for (const { corruptAt } of faults) {
      if (corruptAt !== undefined && corruptAt >= at && corruptAt < at + length)
        bytes[corruptAt - at] = (bytes[corruptAt - at] as number) ^ 0xff;
    }
    if (response.destroyed) return;
    const room = response.write(bytes);
    at += length;
    log.bytesSent += length;
    if (!room) await drained(response);
    if (throttle !== Number.POSITIVE_INFINITY) await sleep((length / throttle) * 1000);
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

const least = (values: readonly (number | undefined)[]): number =>
  Math.min(Number.POSITIVE_INFINITY, ...values.filter((value) => value !== undefined));

/** `[start, end)`; null when the whole is asked for. One range only, as all hubs' clients send. */
function parseRange(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  const [, from, to] = match;
  if (from === '') return [Math.max(0, size - Number(to)), size];
  if (Number(from) >= size) return 'unsatisfiable';
  return [Number(from), to === '' ? size : Math.min(size, Number(to) + 1)];
}
