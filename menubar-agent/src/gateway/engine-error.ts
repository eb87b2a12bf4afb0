/** What an engine says when it refuses, in the shape OpenAI's clients read. */

export interface EngineErrorAnswer {
  readonly status: number;
  readonly body: {
    readonly error: { readonly message: string; readonly type: string; readonly code: string | null; readonly param: string | null };
  };
}

/**
 * Engines answer `{ error: "…" }`, `{ error: { message } }`, `{ detail: … }` or plain text; all become OpenAI's error object.
 * A 404 from an engine is no missing model: we asked it for the one it has.
 * @param status the engine's.
 * @param text its body.
 */
export function engineError(status: number, text: string): EngineErrorAnswer {
  const own = status === 404 ? 400 : status;
  const found = fieldsOf(text);
  const type = own === 429 ? 'rate_limit_error' : own < 500 ? 'invalid_request_error' : 'server_error';
  return {
    status: own,
    body: {
      error: {
        message: found.message ?? (text.trim() || `The engine answered ${status} without a word.`),
        type: found.type ?? type,
        code: found.code ?? null,
        param: found.param ?? null,
      },
    },
  };
}

type Fields = Partial<Record<'message' | 'type' | 'code' | 'param', string>>;

function fieldsOf(text: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return {}; // plain text is its own message
  }
  return dig(json);
}

function dig(value: unknown): Fields {
  if (typeof value === 'string') return { message: value };
  // FastAPI lists every problem of a request.
  if (Array.isArray(value)) return { message: value.map((one) => dig(one).message ?? JSON.stringify(one)).join('; ') };
  if (typeof value !== 'object' || value === null) return {};
  const object = value as Record<string, unknown>;
  const inner = object.error ?? object.detail;
  if (inner !== undefined) return dig(inner);
  const texts = ['message', 'type', 'code', 'param'].flatMap((name) => (typeof object[name] === 'string' ? [[name, object[name]]] : []));
  const fields = Object.fromEntries(texts) as Fields;
  return typeof object.msg === 'string' ? { ...fields, message: object.msg } : fields;
}
