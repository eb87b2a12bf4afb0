/** Asks a model one token through the gateway, as a client of a protocol would. No React in here. */
import type { ModelType } from "@mlx-manager/shared";

export type Protocol = "openai" | "responses" | "anthropic" | "ollama";

export interface TestTarget {
  /** The agent's address without path; of Ollama's listener for that protocol. */
  readonly origin: string;
  readonly key?: string | undefined;
  readonly model: string;
  readonly kind: ModelType;
}

export interface TestResult {
  /** What it said, in a few words. */
  readonly said: string;
  readonly ms: number;
}

interface Ask {
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** None asks with GET. */
  readonly body?: unknown;
  /** What the answer says; undefined when it is not such an answer. */
  read(answer: Answer): string | undefined;
}

/** The parts of answers that are looked at. */
interface Answer {
  choices?: { message?: { content?: string | null; reasoning_content?: string | null } }[];
  output?: unknown[];
  content?: { type?: string; text?: string; thinking?: string }[];
  message?: { content?: string; thinking?: string };
  data?: { id?: string; embedding?: unknown[] }[];
  error?: { message?: string; action?: string } | string;
}

const PROMPT = "Answer with the word OK.";
/** Longer than a model takes to load; ms. */
const PATIENCE_MS = 600_000;

/**
 * @param signal ends it.
 * @throws Error with the gateway's own words.
 */
export async function testConnection(
  protocol: Protocol,
  target: TestTarget,
  signal?: AbortSignal,
): Promise<TestResult> {
  const ask = asked(protocol, target);
  const began = performance.now();
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(`${target.origin}${ask.path}`, {
    method: ask.body === undefined ? "GET" : "POST",
    headers: {
      "content-type": "application/json",
      ...(target.key && { authorization: `Bearer ${target.key}` }),
      ...ask.headers,
    },
    ...(ask.body !== undefined && { body: JSON.stringify(ask.body) }),
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  });
  const text = await answer.text();
  let read: Answer;
  try {
    read = JSON.parse(text) as Answer;
  } catch (cause) {
    throw new Error(`It answered ${answer.status} and no JSON: ${text.slice(0, 200)}`, { cause });
  }
  if (!answer.ok) throw new Error(errorOf(read) ?? `It answered ${answer.status}.`);
  const said = ask.read(read);
  if (said === undefined) throw new Error(`It answered something else: ${text.slice(0, 200)}`);
  return { said: said.trim().slice(0, 40), ms: performance.now() - began };
}

function errorOf({ error }: Answer): string | undefined {
  if (typeof error === "string") return error;
  return error && [error.message, error.action].filter(Boolean).join(" ");
}

function asked(protocol: Protocol, { model, kind, key }: TestTarget): Ask {
  const messages = [{ role: "user", content: PROMPT }];
  if (kind === "embeddings")
    return {
      path: "/v1/embeddings",
      body: { model, input: "OK" },
      read: ({ data }) => data?.[0]?.embedding && `${data[0].embedding.length} dimensions`,
    };
  // Speech and pictures take more than a token: the name must do.
  if (kind !== "lm" && kind !== "multimodal")
    return {
      path: "/v1/models",
      read: ({ data }) => (data?.some(({ id }) => id === model) ? `${model} is there` : undefined),
    };
  switch (protocol) {
    case "openai":
      return {
        path: "/v1/chat/completions",
        body: { model, messages, max_tokens: 1 },
        read: ({ choices }) =>
          choices?.[0] && (choices[0].message?.content || choices[0].message?.reasoning_content || ""),
      };
    case "responses":
      return {
        path: "/v1/responses",
        body: { model, input: PROMPT, max_output_tokens: 1, store: false },
        read: ({ output }) => (output && JSON.stringify(output).match(/"text":"([^"]*)"/)?.[1]) || (output && ""),
      };
    case "anthropic":
      return {
        path: "/v1/messages",
        headers: { "anthropic-version": "2023-06-01", ...(key && { "x-api-key": key }) },
        body: { model, messages, max_tokens: 1 },
        read: ({ content }) => content && (content[0]?.text ?? content[0]?.thinking ?? ""),
      };
    case "ollama":
      return {
        path: "/api/chat",
        body: { model, messages, stream: false, options: { num_predict: 1 } },
        read: ({ message }) => message && (message.content || message.thinking || ""),
      };
  }
}
