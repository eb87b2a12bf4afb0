/** What a request shows of itself. Pure; costly facts are worked out once, when they are asked for. */
import { VERSION, type RoutingCapability } from '@mlx-manager/shared';
import { estimateRequest } from '../core/estimate.js';
import type { Protocol } from '../core/call.js';
import type { RoutingFacts } from './types.js';

/** By this name the gateway asks its providers; another MLX Manager knows it again. */
export const GATEWAY_AGENT = `mlx-manager-gateway/${VERSION}`;

/** A request as far as routing looks at it. A {@link Call} is one. */
export interface RoutedRequest {
  readonly model: string;
  readonly endpoint: string;
  readonly protocol: Protocol;
  readonly body: Readonly<Record<string, unknown>>;
  readonly caller: { readonly client: string | null; readonly keyName: string | null };
}

/** @param at milliseconds since 1970. */
export function factsOf(request: RoutedRequest, at: number): RoutingFacts {
  const { model, endpoint, protocol, caller, body } = request;
  let tokens: number | undefined;
  let needs: ReadonlySet<RoutingCapability> | undefined;
  return {
    model,
    endpoint,
    protocol,
    client: caller.client,
    key: caller.keyName,
    forwarded: caller.client?.startsWith('mlx-manager-gateway/') ?? false,
    at,
    tokens: () => (tokens ??= estimateRequest(body)),
    needs: () => (needs ??= needsOf(body, endpoint)),
  };
}

/** What the request needs of the model. */
function needsOf(body: Readonly<Record<string, unknown>>, endpoint: string): ReadonlySet<RoutingCapability> {
  const needs = new Set<RoutingCapability>();
  if (endpoint === '/v1/embeddings') needs.add('embeddings');
  if (Array.isArray(body.tools) && body.tools.length > 0 && body.tool_choice !== 'none') needs.add('tools');
  if (typeOf(body.response_format) === 'json_schema') needs.add('json_schema');
  if (wantsThinking(body)) needs.add('thinking');
  if (Array.isArray(body.messages) && body.messages.some(showsPicture)) needs.add('vision');
  return needs;
}

/** Whether a request asks for thinking: OpenAI's word for it, or the chat templates'. */
export function wantsThinking(body: Readonly<Record<string, unknown>>): boolean {
  const { reasoning_effort: effort, chat_template_kwargs: template } = body;
  if (typeof effort === 'string') return effort !== 'none';
  return typeof template === 'object' && template !== null && (template as { enable_thinking?: unknown }).enable_thinking === true;
}

function showsPicture(message: unknown): boolean {
  const content: unknown = typeof message === 'object' && message !== null ? (message as { content?: unknown }).content : null;
  return Array.isArray(content) && content.some((part) => ['image_url', 'input_image', 'image'].includes(typeOf(part) ?? ''));
}

function typeOf(value: unknown): string | null {
  const type: unknown = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : null;
  return typeof type === 'string' ? type : null;
}
