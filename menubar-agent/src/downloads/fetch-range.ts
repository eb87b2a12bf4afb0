/** One request for a stretch of a file: ask, read, write, and notice when nothing comes any more. */
import { AgentError } from '@mlx-manager/shared';
import type { Clock } from '../core/index.js';
import { errorOfAnswer, type HubAnswer, type HubTransport } from '../hub/index.js';
import type { ByteRange } from './byte-ranges.js';
import type { FileTransfer } from './file-transfer.js';
import { AddressExpired, StallError } from './retry.js';
import type { TransferLimits } from './types.js';

export interface FetchContext {
  readonly transport: HubTransport;
  readonly clock: Clock;
  readonly limits: TransferLimits;
  readonly modelId: string;
  readonly commit: string;
  /** The hub's address of the file. */
  readonly resolveUrl: string;
  readonly signal: AbortSignal;
  /** Told of bytes that are new on the disk. */
  readonly onBytes: (bytes: number) => void;
}

/** Milliseconds after which gathered bytes are written even when they are few, so that a kill loses little on a slow line. */
const WRITE_AFTER = 500;

/**
 * Fetches what the file still lacks of a stretch.
 * @throws StallError, AddressExpired, AgentError, or the network's error; {@link withRetries} knows which of them pass.
 */
export async function fetchRange(context: FetchContext, transfer: FileTransfer, range: ByteRange): Promise<void> {
  const todo = stillToFetch(transfer, range);
  if (todo === null) return;
  const watch = new StallWatch(context);
  try {
    const answer = await ask(context, transfer, todo, watch.signal);
    const coming = await answeredRange(context, transfer, range, todo, answer);
    if (coming !== null) await readBody(context, transfer, coming, answer.response, watch);
  } catch (error) {
    context.signal.throwIfAborted();
    throw watch.stalled ? new StallError('nothing came') : error;
  } finally {
    watch.stop();
  }
}

/** The first gap of a stretch, or the whole file for the connection that took it over; null when nothing is left for this one. */
function stillToFetch(transfer: FileTransfer, range: ByteRange): ByteRange | null {
  if (transfer.sequential === range) return { start: 0, end: transfer.file.sizeBytes };
  if (transfer.sequential !== null) return null;
  return transfer.partial.present.missingWithin(range)[0] ?? null;
}

async function ask(context: FetchContext, transfer: FileTransfer, { start, end }: ByteRange, signal: AbortSignal): Promise<HubAnswer> {
  const isWhole = start === 0 && end === transfer.file.sizeBytes;
  // Compressed, neither ranges nor sizes would mean what we need them to mean.
  // Node's fetch says so by itself where a range is asked for.
  const headers: Record<string, string> = isWhole ? { 'accept-encoding': 'identity' } : { range: `bytes=${start}-${end - 1}` };
  return transfer.askOnce(async () => {
    const answer = await context.transport.request(transfer.address ?? context.resolveUrl, { headers, signal });
    if (answer.response.ok && answer.external) transfer.address = answer.url;
    return answer;
  });
}

/** Which part of the file the body is; null when there is nothing (or nothing for this connection) to read. */
async function answeredRange(
  context: FetchContext,
  transfer: FileTransfer,
  range: ByteRange,
  todo: ByteRange,
  answer: HubAnswer,
): Promise<ByteRange | null> {
  const { response } = answer;
  const { file } = transfer;
  const what = `${file.path} of ${context.modelId}`;
  if (response.status === 200) {
    const whole = { start: 0, end: file.sizeBytes };
    if (todo.start === 0 && todo.end === file.sizeBytes) return whole;
    // The server knows no ranges. One connection reads all of it and keeps what is missing; the others leave.
    if (transfer.claimSequential(range)) return whole;
    await response.body?.cancel();
    return null;
  }
  if (response.status === 206) {
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (Number(first) === todo.start && (total === '*' || Number(total) === file.sizeBytes)) return todo;
    await response.body?.cancel();
    throw new AgentError('HUB_ERROR', { status: 'another part than was asked for', what });
  }
  await response.body?.cancel();
  if (response.status === 416) {
    const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
    // Somebody else finished it meanwhile: nothing is left to ask for.
    if (transfer.partial.isWhole) return null;
    throw new AgentError('HUB_ERROR', { status: `416 (it has ${total} bytes, its list says ${file.sizeBytes})`, what });
  }
  // A signed address that has expired. What the CDN says then differs; the hub itself is asked again, and its answer counts.
  if (answer.external && response.status < 500 && response.status !== 429) {
    transfer.address = null;
    throw new AddressExpired(`${response.status}`);
  }
  throw errorOfAnswer(
    answer,
    { endpoint: context.transport.endpoint(), what, modelId: context.modelId, revision: context.commit },
    context.clock.now(),
  );
}

async function readBody(
  context: FetchContext,
  transfer: FileTransfer,
  { start, end }: ByteRange,
  response: Response,
  watch: StallWatch,
): Promise<void> {
  let position = start;
  let gathered: Uint8Array[] = [];
  let size = 0;
  let since = 0;
  const write = async (): Promise<void> => {
    if (size === 0) return;
    const buffers = gathered;
    const at = position;
    position += size;
    gathered = [];
    size = 0;
    const added = await transfer.partial.write(at, buffers);
    watch.touch();
    if (added > 0) context.onBytes(added);
  };
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    while (reader !== undefined && position + size < end) {
      const { done, value } = await reader.read();
      if (done) break;
      watch.touch();
      const room = end - position - size;
      const chunk = value.byteLength > room ? value.subarray(0, room) : value;
      if (size === 0) since = context.clock.now();
      gathered.push(chunk);
      size += chunk.byteLength;
      if (size >= context.limits.writeBytes || context.clock.now() - since >= WRITE_AFTER) await write();
    }
  } finally {
    // Also when the connection was cut or the task paused: what came, counts.
    await write();
    // A body that already failed cannot be cancelled again; the failure is on its way.
    await reader?.cancel().catch(() => undefined);
  }
  if (position < end) throw new TypeError('the connection was closed early');
}

/** Ends a request when nothing has come for `stallMs`. After a machine's sleep the time has passed, and dead connections are noticed at once. */
class StallWatch {
  readonly signal: AbortSignal;
  #stalled = false;
  #touchedAt: number;
  #cancel: () => void = () => undefined;
  readonly #controller = new AbortController();

  constructor(private readonly context: FetchContext) {
    this.signal = AbortSignal.any([context.signal, this.#controller.signal]);
    this.#touchedAt = context.clock.now();
    this.#wait(context.limits.stallMs);
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  touch(): void {
    this.#touchedAt = this.context.clock.now();
  }

  stop(): void {
    this.#cancel();
  }

  #wait(ms: number): void {
    this.#cancel = this.context.clock.schedule(() => {
      const left = this.context.limits.stallMs - (this.context.clock.now() - this.#touchedAt);
      if (left > 0) {
        this.#wait(left);
        return;
      }
      this.#stalled = true;
      this.#controller.abort(new StallError('nothing came'));
    }, ms);
  }
}
