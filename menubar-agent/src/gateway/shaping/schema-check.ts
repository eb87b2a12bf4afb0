/** Checks values against a JSON Schema of a client's. */
import { createContext, Script } from 'node:vm';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { AgentError } from '@mlx-manager/shared';

/** What is wrong with a value, a phrase each; empty when it is valid. */
export type SchemaCheck = (value: unknown) => string[];

const MAX_SCHEMA_CHARS = 256 * 1024;
const MAX_PROBLEMS = 8;
/**
 * How long one check, or reading one schema, may hold up everything else, milliseconds. A `pattern` may backtrack for ever, and thirty definitions that each
 * try the next one twice do so too.
 */
const MAX_MS = 500;
/** Compiling takes milliseconds, and clients send the same schema again and again. */
const KEPT = 32;
const kept = new Map<string, SchemaCheck>();

/** Words that only the newer drafts have. pydantic writes them without saying which draft it is. */
const NEWER = /"(?:prefixItems|unevaluated(?:Items|Properties)|dependent(?:Required|Schemas)|\$dynamicRef)"/;

/**
 * `format` is not checked: drafts leave it to the reader, and models know few of them.
 * @throws AgentError INVALID_REQUEST when the schema itself is not valid.
 */
export async function schemaCheck(schema: unknown): Promise<SchemaCheck> {
  const refuse = (reason: string, cause?: unknown): AgentError =>
    new AgentError('INVALID_REQUEST', { problem: `response_format.json_schema.schema ${reason}` }, { cause });
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) throw refuse('must be a JSON Schema object');
  const text = JSON.stringify(schema);
  const known = kept.get(text);
  if (known) return known;
  if (text.length > MAX_SCHEMA_CHARS) throw refuse(`is longer than ${MAX_SCHEMA_CHARS} characters`);
  const { $schema: draft, ...rest } = schema as Record<string, unknown>;
  const compile = await compilerFor(typeof draft === 'string' ? draft : '', NEWER.test(text));
  let validate: ValidateFunction;
  try {
    validate = inTime(() => compile(rest));
  } catch (error) {
    throw refuse(`is not valid: ${(error as Error).message}`, error);
  }
  const check: SchemaCheck = (value) => {
    try {
      return inTime(() => validate(value)) ? [] : (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(phrase);
    } catch (error) {
      throw refuse('takes too long to check an answer against', error); // or refers to itself without end
    }
  };
  const oldest = kept.size >= KEPT ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(text, check);
  return check;
}

const sandbox = createContext({ work: null as (() => unknown) | null });
const script = new Script('work()');

/** Does work that a client may have made endless; V8 breaks it off, regular expressions too. Costs a quarter of a millisecond. @throws Error when time is up. */
function inTime<T>(work: () => T): T {
  sandbox.work = work;
  try {
    return script.runInContext(sandbox, { timeout: MAX_MS }) as T;
  } finally {
    sandbox.work = null;
  }
}

/** A compiler of its own for each schema: two may have the same `$id`. */
async function compilerFor(draft: string, newer: boolean): Promise<(schema: Record<string, unknown>) => ValidateFunction> {
  const options: Options = { strict: false, allErrors: true, validateFormats: false, logger: false };
  // Loaded when the first schema comes: few agents see one. `default`: a bundled CommonJS module shows nothing else.
  if (draft.includes('2019-09')) {
    const { Ajv2019 } = (await import('ajv/dist/2019.js')).default;
    return (schema) => new Ajv2019(options).compile(schema);
  }
  if (draft.includes('2020-12') || (draft === '' && newer)) {
    const { Ajv2020 } = (await import('ajv/dist/2020.js')).default;
    return (schema) => new Ajv2020(options).compile(schema);
  }
  const { Ajv } = (await import('ajv')).default;
  return (schema) => new Ajv(options).compile(schema);
}

/** E.g. `/city must be string`. */
function phrase({ instancePath, message, params }: ErrorObject): string {
  const named = params as { additionalProperty?: unknown; allowedValues?: unknown; allowedValue?: unknown };
  const detail = named.additionalProperty ?? named.allowedValues ?? named.allowedValue;
  return `${instancePath === '' ? 'the whole' : instancePath} ${message ?? 'is not valid'}${detail === undefined ? '' : ` (${JSON.stringify(detail)})`}`.slice(
    0,
    300,
  );
}
