/** An answer in JSON from a server that has no `response_format`: by a tool that must be called, else by instruction. Pure. */
import { z } from 'zod';
import { thinksAdaptively } from './claude.js';

/** How JSON is had. Both null when none was asked for. */
export interface JsonAnswer {
  readonly tool: { readonly name: string; readonly description: string; readonly input_schema: Record<string, unknown> } | null;
  readonly instruction: string | null;
}

export const JSON_TOOL = 'json_answer';
const NONE: JsonAnswer = { tool: null, instruction: null };
const ONLY_JSON = 'Answer with JSON only: no other text, no code fence.';

const format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()), description: z.string().nullish() }),
  }),
]);

/**
 * A tool's input follows its schema best, but must be an object, forbids thinking, and would hide the tools of the request; newer models think
 * without being asked. There, and for JSON without a schema, the model is told.
 */
export function jsonOf(responseFormat: unknown, request: { tools: boolean; thinking: boolean; model: string }): JsonAnswer {
  const parsed = format.safeParse(responseFormat);
  if (!parsed.success) return NONE;
  if (parsed.data.type === 'json_object') return { tool: null, instruction: ONLY_JSON };
  const { schema, description } = parsed.data.json_schema;
  if (request.tools || request.thinking || schema.type !== 'object' || thinksAdaptively(request.model))
    return { tool: null, instruction: `${ONLY_JSON} It must fit this JSON schema:\n${JSON.stringify(schema)}` };
  return { tool: { name: JSON_TOOL, description: description ?? 'Gives the answer.', input_schema: schema }, instruction: null };
}

/** A tool's parameters; null when they are no object. */
export function schemaOf(parameters: unknown): Record<string, unknown> | null {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return null;
  // Anthropic wants the type said.
  return { type: 'object', ...parameters };
}
