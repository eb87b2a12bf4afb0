/** NDJSON on the wire, and errors in Ollama's words: `{ "error": "…" }`. */
import { AgentError, type ErrorCode } from '@mlx-manager/shared';
import type { Framing, GatewayFailure } from '../core/framing.js';
import { lineOf, ndjson, type Form } from './chunks.js';

/** What means "pull it first" to Ollama's clients. */
const NOT_HERE = new Set<ErrorCode>([
  'UNKNOWN_MODEL',
  'MODEL_NOT_DOWNLOADED',
  'MODEL_INCOMPLETE',
  'MODEL_NOT_LOCAL',
  'MODEL_NOT_FOUND',
  'MODEL_NOT_HERE',
]);

/**
 * An error as Ollama's clients read it. Those for a missing model look for status 404, "not found" and "try pulling it first".
 * @param model as the client named it; without it the error's own words are told.
 */
export function ollamaErrorAnswer(error: GatewayFailure, model?: string): { status: number; body: { error: string } } {
  if (!(error instanceof AgentError)) return { status: error.status, body: { error: error.message } };
  const said = `${error.message} ${error.action}`;
  const asked = model ?? error.details.model;
  if (NOT_HERE.has(error.code) && typeof asked === 'string') {
    return { status: 404, body: { error: `model ${JSON.stringify(asked)} not found, try pulling it first. ${said}` } };
  }
  return { status: error.status || 500, body: { error: said } };
}

/** How an answer of one request goes out. NDJSON has no comments: a line without text is the sign of life (asked for in ollama/ollama 7685). */
export class OllamaFraming implements Framing {
  readonly contentType = 'application/x-ndjson';

  constructor(
    private readonly form: Form,
    private readonly model: string,
    private readonly now: () => string,
  ) {}

  open(): string {
    return '';
  }

  keepAlive(): string {
    return ndjson(lineOf(this.form, this.model, this.now(), {}));
  }

  failure(error: GatewayFailure): string {
    return ndjson(ollamaErrorAnswer(error, this.model).body);
  }

  refusal(error: GatewayFailure): { status: number; body: unknown } {
    return ollamaErrorAnswer(error, this.model);
  }
}
