/** One question to a model, over the agent's OpenAI address. No chat is kept of it. */
import { AgentError, isAbort, readSse, type ByteBody } from "@mlx-manager/shared";
import { surroundings } from "./agent.js";
import { locate } from "./find-agent.js";

export interface Question {
  readonly question: string;
  /** Profile name, alias or hub id; `auto` takes the one that is loaded, else the default. */
  readonly model: string;
  readonly systemPrompt?: string | undefined;
  /** Longest answer, tokens. */
  readonly maxTokens: number;
  readonly signal?: AbortSignal;
}
export interface Answer {
  /** Without thinking. */
  readonly text: string;
  /** Who answered, as the gateway names it. */
  readonly model: string;
  /** `stop` when the model was through, `length` when it reached the limit; null when it did not say. */
  readonly finish: string | null;
  readonly completionTokens: number | null;
}

interface Chunk {
  model?: string;
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: { completion_tokens?: number } | null;
  error?: { message?: string };
}

/**
 * Asks, and waits for the whole answer. It comes as a stream, so that neither a long load nor a long answer meets a time limit of `fetch`.
 * @throws AgentError the gateway's words for what failed; AGENT_NOT_RUNNING, STREAM_BROKEN.
 */
export async function ask({ question, model, systemPrompt, maxTokens, signal }: Question): Promise<Answer> {
  const { baseUrl, token } = locate(surroundings());
  const system = systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }];
  const body = {
    model,
    messages: [...system, { role: "user", content: question }],
    max_tokens: maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    // A template that knows the switch answers at once; others pass over it.
    chat_template_kwargs: { enable_thinking: false },
  };
  let answer: Response;
  try {
    answer = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "MLX Manager for Raycast",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new AgentError("AGENT_NOT_RUNNING", { address: baseUrl }, { cause: error });
  }
  if (!answer.ok) throw failureOf(await answer.text(), baseUrl);
  let text = "";
  let finish: string | null = null;
  let completionTokens: number | null = null;
  let by = model;
  for await (const { data } of readSse(answer.body as ByteBody)) {
    if (data === "[DONE]") return { text: text.trim(), model: by, finish, completionTokens };
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error) throw failureOf(data, baseUrl);
    by = chunk.model ?? by;
    completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
    for (const { delta, finish_reason: reason } of chunk.choices ?? []) {
      text += delta?.content ?? "";
      finish = reason ?? finish;
    }
  }
  signal?.throwIfAborted();
  throw new AgentError("STREAM_BROKEN");
}

/** An error in OpenAI's form: its message says what to do, too. */
function failureOf(text: string, address: string): AgentError {
  let error: Chunk["error"];
  try {
    ({ error } = JSON.parse(text) as Chunk);
  } catch (cause) {
    return new AgentError("UNEXPECTED_ANSWER", { address, problem: "no JSON" }, { cause });
  }
  if (error?.message === undefined) return new AgentError("UNEXPECTED_ANSWER", { address, problem: "no message" });
  return new AgentError("UNEXPECTED_ANSWER", { address }, { message: error.message, action: "" });
}
