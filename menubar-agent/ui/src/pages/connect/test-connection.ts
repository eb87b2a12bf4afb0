/** Asks a model for one token through the gateway, as a client of a protocol would: without the page's session, with the client's key. */
import type { ModelType } from '@mlx-manager/shared';

export type Protocol = 'openai' | 'responses' | 'anthropic';

/** Guides whose clients do not speak OpenAI's chat. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  'claude-code': 'anthropic',
  'anthropic-python': 'anthropic',
  'anthropic-javascript': 'anthropic',
  codex: 'responses',
};
export const protocolOf = (guideId: string): Protocol => PROTOCOLS[guideId] ?? 'openai';
export const PATHS: Readonly<Record<Protocol, string>> = {
  openai: '/v1/chat/completions',
  responses: '/v1/responses',
  anthropic: '/v1/messages',
};

export interface TestTarget {
  readonly key?: string | undefined;
  readonly model: string;
  readonly kind: ModelType;
}
export interface TestResult {
  /** What it said, in a few words; may be nothing. */
  readonly said: string;
  readonly ms: number;
}
interface Ask {
  readonly path: string;
  readonly body: unknown;
  /** What the answer says; undefined when it is not such an answer. */
  read(answer: Answer): string | undefined;
}
/** The parts of answers that are looked at. */
interface Answer {
  choices?: { message?: { content?: string | null; reasoning_content?: string | null } }[];
  output?: unknown[];
  content?: { text?: string; thinking?: string }[];
  data?: { embedding?: unknown[] }[];
  error?: { message?: string; action?: string } | string;
}
/** The part of `fetch` that is used. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const PROMPT = 'Answer with the word OK.';

/** @throws Error with the gateway's own words. */
export async function testConnection(
  protocol: Protocol,
  target: TestTarget,
  signal: AbortSignal,
  doFetch: Fetch = (url, init) => fetch(url, init),
): Promise<TestResult> {
  const ask = asked(protocol, target);
  const began = performance.now();
  const answer = await doFetch(ask.path, {
    method: 'POST',
    credentials: 'omit',
    headers: {
      'content-type': 'application/json',
      ...(target.key !== undefined && { authorization: `Bearer ${target.key}` }),
      ...(protocol === 'anthropic' && { 'anthropic-version': '2023-06-01' }),
    },
    body: JSON.stringify(ask.body),
    signal,
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
  if (typeof error === 'string') return error;
  return error && [error.message, error.action].filter(Boolean).join(' ');
}

function asked(protocol: Protocol, { model, kind }: TestTarget): Ask {
  const messages = [{ role: 'user', content: PROMPT }];
  if (kind === 'embeddings') {
    return {
      path: '/v1/embeddings',
      body: { model, input: 'OK' },
      read: ({ data }) => data?.[0]?.embedding && `${data[0].embedding.length} dimensions`,
    };
  }
  switch (protocol) {
    case 'openai':
      return {
        path: PATHS.openai,
        body: { model, messages, max_tokens: 1 },
        read: ({ choices }) => choices?.[0] && (choices[0].message?.content || choices[0].message?.reasoning_content || ''),
      };
    case 'responses':
      return {
        path: PATHS.responses,
        body: { model, input: PROMPT, max_output_tokens: 1, store: false },
        read: ({ output }) => output && (/"text":"([^"]*)"/.exec(JSON.stringify(output))?.[1] ?? ''),
      };
    case 'anthropic':
      return {
        path: PATHS.anthropic,
        body: { model, messages, max_tokens: 1 },
        read: ({ content }) => content && (content[0]?.text ?? content[0]?.thinking ?? ''),
      };
  }
}
