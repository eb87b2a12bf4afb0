/** `response_format`: the model is told the schema, its answer is checked, and it may correct it once. */
import { AgentError } from '@mlx-manager/shared';
import type { ChatChunk, ChatStream, ChatUsage } from '../core/chunks.js';
import { collect, withEarlierUsage, type Collected } from './collect.js';
import { withInstruction, withObjection } from './instruct.js';
import { findJson, splitThought } from './json-text.js';
import { schemaCheck, type SchemaCheck } from './schema-check.js';
import type { Ask, Body } from './types.js';

/** What a client wants the answer to be. */
export interface Format {
  /** Null: any JSON object. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly name: string | null;
  readonly description: string | null;
  /**
   * `strict: false` is OpenAI's best effort: then any JSON is passed on when the second answer does not fit either. Where it is not said, the schema is
   * kept to: a client that sends one wants it.
   */
  readonly bestEffort: boolean;
}

/**
 * Reads `response_format`. Source of its forms: OpenAI's API reference, "response_format". Null for text.
 * @throws AgentError INVALID_REQUEST.
 */
export function formatOf(body: Body): Format | null {
  const format = body.response_format;
  if (typeof format !== 'object' || format === null) return null;
  const { type, json_schema: told } = format as { type?: unknown; json_schema?: unknown };
  if (type === 'text' || type === undefined) return null;
  if (type === 'json_object') return { schema: null, name: null, description: null, bestEffort: false };
  if (type !== 'json_schema') throw invalid('response_format.type must be text, json_object or json_schema');
  if (typeof told !== 'object' || told === null) throw invalid('response_format.json_schema is missing');
  const { schema, name, description, strict } = told as Record<string, unknown>;
  if (typeof schema !== 'object' || schema === null) throw invalid('response_format.json_schema.schema is missing');
  return {
    schema: schema as Record<string, unknown>,
    name: typeof name === 'string' ? name : null,
    description: typeof description === 'string' ? description : null,
    bestEffort: strict === false,
  };
}

const invalid = (problem: string): AgentError => new AgentError('INVALID_REQUEST', { problem });

/** The request as an engine without JSON output is asked. */
export function withFormat(body: Body, format: Format): Body {
  const { response_format: _format, ...rest } = body;
  return withInstruction(rest, instruction(format));
}

function instruction({ schema, name, description }: Format): string {
  if (schema === null) return 'Answer with one JSON object and nothing else: no explanation, no Markdown.';
  const about = [name, description].filter((one) => one !== null && one !== '').join(': ');
  return `Answer with JSON and nothing else: no explanation, no Markdown. It must be valid against this JSON Schema${
    about === '' ? '' : ` (${about})`
  }:\n${JSON.stringify(schema)}`;
}

/**
 * An answer that is what `format` wants. It is sent when it is there and checked.
 * @param native the engine keeps to the format itself: it is not told again, but checked.
 * @throws AgentError INVALID_REQUEST for a schema that is none, OUTPUT_NOT_VALID when the second attempt does not fit either.
 */
export async function* structuredAnswer(body: Body, format: Format, native: boolean, ask: Ask): ChatStream {
  const check = format.schema === null ? anyObject : await schemaCheck(format.schema);
  const asked = native ? body : withFormat(body, format);
  const first = await collect(ask(asked));
  const verdict = judge(first, check);
  if (verdict.kind !== 'bad') {
    yield* sent(first, verdict, null);
    return;
  }
  const objection = `That is not what was asked for: ${verdict.problems.join('; ')}. Answer again with the corrected JSON and nothing else.`;
  const second = await collect(ask(withObjection(asked, splitThought(first.content).rest, objection)));
  const last = judge(second, check);
  if (last.kind !== 'bad') {
    yield* sent(second, last, first.usage);
    return;
  }
  if (format.bestEffort) {
    const [answer, earlier, found] = last.json !== null ? ([second, first, last.json] as const) : ([first, second, verdict.json] as const);
    if (found !== null) {
      yield* sent(answer, { kind: 'good', text: found }, earlier.usage);
      return;
    }
  }
  throw new AgentError('OUTPUT_NOT_VALID', { problem: last.problems[0] ?? 'it is empty', problems: last.problems });
}

type Verdict =
  /** Not to be judged: cut off, or a tool call on the way to the answer. */
  | { readonly kind: 'as it is' }
  | { readonly kind: 'good'; readonly text: string }
  | { readonly kind: 'bad'; readonly problems: readonly string[]; readonly json: string | null };

function judge(answer: Collected, check: SchemaCheck): Verdict {
  if (answer.hasCalls || (answer.finish !== null && answer.finish !== 'stop')) return { kind: 'as it is' };
  const { rest } = splitThought(answer.content);
  if (rest.trim() === '') return { kind: 'bad', problems: ['the answer is empty'], json: null };
  const found = findJson(rest);
  if (!found) return { kind: 'bad', problems: ['the answer is not JSON'], json: null };
  const problems = check(found.value);
  return problems.length === 0 ? { kind: 'good', text: found.text } : { kind: 'bad', problems, json: found.text };
}

const anyObject: SchemaCheck = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? [] : ['the answer is JSON, but no object'];

/** Sends an answer: as it came where nothing had to be taken off, else put together anew. */
function sent(answer: Collected, verdict: Exclude<Verdict, { kind: 'bad' }>, earlier: ChatUsage | null): AsyncIterable<ChatChunk> {
  const unchanged = verdict.kind === 'as it is' || verdict.text === answer.content;
  return unchanged ? withEarlierUsage(answer.chunks, earlier) : withEarlierUsage(remade(answer, verdict.text), earlier);
}

function remade(answer: Collected, content: string): ChatChunk[] {
  const first = answer.chunks[0];
  const head = { id: first?.id ?? '', object: 'chat.completion.chunk', created: first?.created ?? 0, model: first?.model ?? '' };
  const reasoning = [answer.reasoning, splitThought(answer.content).thought].filter((one) => one !== '').join('\n');
  const chunk = (delta: ChatChunk['choices'][number]['delta'], finish: string | null = null): ChatChunk => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(reasoning === '' ? [] : [chunk({ reasoning_content: reasoning })]),
    chunk({ content }),
    chunk({}, answer.finish ?? 'stop'),
    ...(answer.usage === null ? [] : [{ ...head, choices: [], usage: answer.usage }]),
  ];
}
