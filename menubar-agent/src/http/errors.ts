/** Errors on their way out: one place decides what a client sees. */
import { z } from 'zod';
import { AgentError, errorBody, toSnakeCase } from '@mlx-manager/shared';

/** What Fastify itself throws, and a full disk under whatever was written, in the words of our table. */
export function toAgentError(error: unknown, request: { method: string; url: string }): AgentError {
  if (error instanceof AgentError) return error;
  const code = errorCode(error);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AgentError('PAYLOAD_TOO_LARGE', { limit: 'the limit for bodies' }, { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AgentError('UNSUPPORTED_MEDIA_TYPE', {}, { cause: error });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new AgentError('INVALID_REQUEST', { problem: 'the body is no valid JSON' }, { cause: error });
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new AgentError('NOT_FOUND', { method: request.method, path: request.url.split('?')[0] }, { cause: error });
    case 'SQLITE_FULL':
    case 'ENOSPC':
    case 'EDQUOT':
      return new AgentError('STORAGE_FULL', {}, { cause: error });
    default:
      return new AgentError('INTERNAL', {}, { cause: error });
  }
}

/** The body of a management answer that failed. */
export function errorAnswer(error: AgentError): unknown {
  const details = Object.fromEntries(Object.entries(error.details).map(([key, value]) => [toSnakeCase(key), value]));
  return z.encode(errorBody, { error: { code: error.code, message: error.message, action: error.action, details } });
}

/**
 * The same error as OpenAI's clients expect it under `/v1`: `{ error: { message, type, code, param } }`.
 * Source: the error object of OpenAI's API reference.
 */
export function openaiErrorAnswer(error: AgentError): unknown {
  const type =
    error.status === 401
      ? 'authentication_error'
      : error.status === 429
        ? 'rate_limit_error'
        : error.status < 500
          ? 'invalid_request_error'
          : 'server_error';
  const code = error.code === 'UNKNOWN_MODEL' ? 'model_not_found' : error.code.toLowerCase();
  return { error: { message: `${error.message} ${error.action}`, type, code, param: error.code === 'UNKNOWN_MODEL' ? 'model' : null } };
}

/** Anthropic's names of errors. Source: the table of errors in Anthropic's API reference. */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** An error as Anthropic's clients expect it: `{ type: 'error', error: { type, message } }`. */
export interface AnthropicError {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly message: string };
}

/** Anthropic's shape for a status and a sentence. */
export function anthropicErrorBody(status: number, message: string): AnthropicError {
  return { type: 'error', error: { type: ANTHROPIC_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'), message } };
}

/** The same error as Anthropic's clients expect it under `/v1/messages`. */
export const anthropicErrorAnswer = (error: AgentError): AnthropicError =>
  anthropicErrorBody(error.status, `${error.message} ${error.action}`);

function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
