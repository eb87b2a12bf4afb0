/** A request for sound or pictures: its fields, whether they came as JSON or as a form, and how it is sent on. */
import { AgentError } from '@mlx-manager/shared';

export interface Outgoing {
  /** A text field; null when it is not there. */
  get(name: string): string | null;
  /** Null takes the field out. */
  set(name: string, value: string | number | null): void;
  has(name: string): boolean;
  encode(): Promise<{ body: string | Uint8Array; contentType: string }>;
}

const invalid = (problem: string, cause?: unknown): AgentError => new AgentError('INVALID_REQUEST', { problem }, { cause });

/** @throws AgentError INVALID_REQUEST. */
export function jsonRequest(body: unknown): Outgoing {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body must be a JSON object');
  const fields = new Map(Object.entries(body));
  return {
    get: (name) => {
      const value: unknown = fields.get(name);
      return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
    },
    has: (name) => (fields.get(name) ?? null) !== null,
    set: (name, value) => {
      if (value === null) fields.delete(name);
      else fields.set(name, value);
    },
    encode: () => Promise.resolve({ body: JSON.stringify(Object.fromEntries(fields)), contentType: 'application/json' }),
  };
}

/** Text fields of a request, its files, and characters of a field: more than any client sends. The bytes of all are bounded by the route. */
const LIMITS = { fields: 100, files: 32, fieldSize: 1024 * 1024 };

/**
 * Reads a form with files. The files stay as the bytes they are.
 * @param body all of it, bounded by the route.
 * @throws AgentError INVALID_REQUEST.
 */
export async function formRequest(body: unknown, contentType: string | undefined): Promise<Outgoing> {
  if (!Buffer.isBuffer(body) || contentType === undefined) throw invalid('the body must be a form (multipart/form-data)');
  let form: FormData;
  try {
    form = await readForm(body, contentType);
  } catch (error) {
    throw invalid(`the form (multipart/form-data) cannot be read: ${(error as Error).message}`, error);
  }
  return {
    get: (name) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : null;
    },
    has: (name) => form.has(name),
    set: (name, value) => {
      if (value === null) form.delete(name);
      else form.set(name, String(value));
    },
    async encode() {
      const encoded = new Response(form);
      const type = encoded.headers.get('content-type') ?? 'multipart/form-data';
      return { body: new Uint8Array(await encoded.arrayBuffer()), contentType: type };
    },
  };
}

async function readForm(body: Buffer, contentType: string): Promise<FormData> {
  // Loaded with the first form. `default`: a bundled CommonJS module shows nothing else.
  const { Busboy } = (await import('@fastify/busboy')).default;
  const parser = new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
  const form = new FormData();
  const { promise, resolve, reject } = Promise.withResolvers<FormData>();
  const tooMuch = (what: string) => (): void => reject(new Error(`it has too many ${what}`));
  parser.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut) reject(new Error(`the field ${name} is too long`));
    form.append(fieldName(name), value);
  });
  parser.on('file', (name, stream, filename, _encoding, type) => {
    const pieces: Buffer<ArrayBuffer>[] = [];
    stream.on('data', (piece: Buffer<ArrayBuffer>) => pieces.push(piece));
    stream.on('end', () => form.append(fieldName(name), new Blob(pieces, { type }), filename));
    stream.on('error', reject);
  });
  parser.on('fieldsLimit', tooMuch('fields'));
  parser.on('filesLimit', tooMuch('files'));
  parser.on('error', reject);
  parser.on('finish', () => resolve(form));
  parser.end(body);
  return promise;
}

/** OpenAI's SDK writes several files of one field as `image[]`; FastAPI's engines read `image`. */
const fieldName = (name: string): string => name.replace(/\[\]$/, '');
