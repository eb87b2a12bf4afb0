/** Files that belong to messages: kept under the hash of their bytes, so that the same file is kept once and no name reaches the disk. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, renameSync, rmSync, statSync, type ReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AgentError, MAX_ATTACHMENT_BYTES, type Attachment } from '@mlx-manager/shared';
import { toTimestamp, type Clock, type Logger } from '../core/index.js';
import type { AttachmentsRepository } from '../store/index.js';

const DAY_MS = 24 * 3600 * 1000;
/** How pictures begin that models read. A file that says it is one and is another is told here, not by an engine's crash. */
const PICTURES: Readonly<Record<string, (head: Buffer) => boolean>> = {
  'image/png': (head) => head.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47])),
  'image/jpeg': (head) => head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  'image/gif': (head) => head.toString('latin1', 0, 4) === 'GIF8',
  'image/webp': (head) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP',
};
const HEAD_BYTES = 12;
const ID = /^[0-9a-f]{64}$/;

export interface AttachmentsDeps {
  readonly repository: AttachmentsRepository;
  /** Where the bytes are; nobody else writes there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tests lower it. */
  readonly maxBytes?: number;
}

export class AttachmentsService {
  #cancelTimer: (() => void) | undefined;

  constructor(private readonly deps: AttachmentsDeps) {
    mkdirSync(deps.folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Keeps a file as it comes in.
   * @throws AgentError ATTACHMENT_TOO_LARGE, ATTACHMENT_INVALID, STATE_NOT_WRITABLE; what `bytes` ends with. Nothing is left behind then.
   */
  async keep(name: string, mediaType: string, bytes: Readable): Promise<Attachment> {
    const { folder, repository, clock } = this.deps;
    const partial = join(folder, `${randomUUID()}.part`);
    const meter = new Meter(name, this.deps.maxBytes ?? MAX_ATTACHMENT_BYTES);
    try {
      // Written out before it is known under its name: a power cut leaves the whole file or none.
      await pipeline(bytes, meter, createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }));
      if (meter.bytes === 0) throw new AgentError('ATTACHMENT_INVALID', { name, problem: 'it is empty' });
      const isThat = PICTURES[mediaType.toLowerCase()];
      if (isThat && !isThat(meter.head)) throw new AgentError('ATTACHMENT_INVALID', { name, problem: `it is no ${mediaType}` });
      const attachment = { id: meter.digest(), name, mediaType, bytes: meter.bytes, createdAt: toTimestamp(clock.now()) };
      // Without a pause between the two: nobody may take the file for a lost one.
      renameSync(partial, join(folder, attachment.id));
      repository.put(attachment);
      return attachment;
    } catch (error) {
      rmSync(partial, { force: true });
      throw isDiskError(error) ? new AgentError('STATE_NOT_WRITABLE', { path: folder, reason: error.message }, { cause: error }) : error;
    }
  }

  /** @throws AgentError ATTACHMENT_NOT_FOUND. */
  get(id: string): Attachment {
    const found = ID.test(id) ? this.deps.repository.find(id) : null;
    if (!found) throw new AgentError('ATTACHMENT_NOT_FOUND', { attachment: id });
    return found;
  }

  /** A file and its bytes as they are read. @throws AgentError ATTACHMENT_NOT_FOUND. */
  open(id: string): { info: Attachment; bytes: ReadStream } {
    const info = this.get(id);
    const path = join(this.deps.folder, id);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) throw new AgentError('ATTACHMENT_NOT_FOUND', { attachment: id });
    return { info, bytes: createReadStream(path) };
  }

  /** A file with all its bytes; null when it is gone. */
  async read(id: string): Promise<{ info: Attachment; bytes: Uint8Array } | null> {
    const info = ID.test(id) ? this.deps.repository.find(id) : null;
    if (!info) return null;
    try {
      return { info, bytes: await readFile(join(this.deps.folder, id)) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Deletes the bytes of files that are not known any more. */
  removeFiles(ids: readonly string[]): void {
    for (const id of ids) rmSync(join(this.deps.folder, id), { force: true });
  }

  /** Now and once a day: deletes what was brought and never used. */
  start(): void {
    try {
      this.clean();
    } catch (error) {
      // It is tried again tomorrow, and nobody waits for it.
      this.deps.logger.error({ err: error }, 'unused attachments could not be deleted');
    }
    this.#cancelTimer = this.deps.clock.schedule(() => this.start(), DAY_MS);
  }

  stop(): void {
    this.#cancelTimer?.();
  }

  /** Deletes files that no message has used for a day, and what a kill left behind. */
  clean(): void {
    const before = this.deps.clock.now() - DAY_MS;
    this.removeFiles(this.deps.repository.removeUnused(toTimestamp(before)));
    for (const name of readdirSync(this.deps.folder)) {
      const path = join(this.deps.folder, name);
      const ours = name.endsWith('.part') || (ID.test(name) && !this.deps.repository.find(name));
      // A younger one may be on its way in.
      if (ours && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before) rmSync(path, { force: true });
    }
  }
}

/** Counts and hashes what passes. */
class Meter extends Transform {
  readonly #hash = createHash('sha256');
  bytes = 0;
  head = Buffer.alloc(0);

  constructor(
    private readonly name: string,
    private readonly limit: number,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.bytes += chunk.length;
    if (this.bytes > this.limit) {
      done(new AgentError('ATTACHMENT_TOO_LARGE', { name: this.name, limitMb: Math.floor(this.limit / 1024 / 1024) }));
      return;
    }
    if (this.head.length < HEAD_BYTES) this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
    this.#hash.update(chunk);
    done(null, chunk);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

const DISK_ERRORS = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'EMFILE']);
function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && DISK_ERRORS.has((error as NodeJS.ErrnoException).code ?? '');
}
