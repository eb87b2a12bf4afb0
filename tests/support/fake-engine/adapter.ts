/** The stand-in engine behind the real interface. */
import { join } from 'node:path';
import type { EngineAdapter, EngineTarget, LaunchSpec } from '../../../menubar-agent/src/engines/index.js';

/** What the stand-in does besides answering. Those marked * can be changed while it runs. */
export interface FakeKnobs {
  /** Lines it prints first. */
  lines?: string[];
  /** Ends at once with this code, as mlx-openai-server does with 0 for a bad model. */
  exitAtStart?: number;
  /** Milliseconds before the port opens. */
  listenAfterMs?: number;
  /** Milliseconds during which /health says that it loads. */
  loadMs?: number;
  crashAfterMs?: number;
  crashCode?: number;
  ignoreTerm?: boolean;
  /** Starts a child that ignores SIGTERM, in its own group or in a new session. */
  child?: 'group' | 'session';
  /** * What a streamed answer says, and the pause after each of them. */
  words?: string[];
  wordMs?: number;
  /** * Each answer waits for the one before. */
  oneAtATime?: boolean;
  /** * Completions are never answered, /health is. */
  hang?: boolean;
  /** * /health says that the generation thread died. */
  healthFails?: boolean;
  /** * /health is never answered. */
  healthHangs?: boolean;
}

/** The stand-in's program. */
export const engineScript = join(import.meta.dirname, 'engine.mjs');

/**
 * @param knobs asked at each start, so that a second start may differ.
 * @param script where the program is, for a bundle.
 */
export function fakeAdapter(knobs: (spec: LaunchSpec) => FakeKnobs = () => ({}), script = engineScript): EngineAdapter {
  return {
    id: 'fake',
    name: 'fake engine',
    packageName: 'fake-engine',
    pinnedVersion: '1.0.0',
    pythonRange: { min: 10, below: null },
    defaultFor: [],
    capabilities: {
      modelTypes: ['lm'],
      continuousBatching: false,
      tools: false,
      reasoning: false,
      embeddings: false,
      audio: false,
      images: false,
      endpoints: [],
    },
    unsupportedOptions: [],
    recipe: () => ({ requirements: [], overrides: [], files: {}, smokeImports: [] }),
    command: (spec) => ({
      file: process.execPath,
      args: [script, '--host', spec.host, '--port', String(spec.port), '--model', spec.modelFolder, '--knobs', JSON.stringify(knobs(spec))],
      env: { FAKE_ENGINE: '1' },
    }),
    warnings: () => [],
    refuseArg: () => null,
    async health({ baseUrl }, signal) {
      const answer = await fetch(`${baseUrl}/health`, { signal });
      const body = (await answer.json()) as { status: 'ready' | 'loading' | 'failed'; detail?: string };
      return { status: body.status, detail: body.detail ?? null };
    },
    async probe(target, signal) {
      await complete(target, signal);
    },
    explainFailure(lines) {
      const text = lines.join('\n');
      if (text.includes('Address already in use'))
        return { kind: 'port_taken', message: 'The port is taken.', action: 'Take another one.' };
      if (text.includes('bad_alloc')) return { kind: 'out_of_memory', message: 'The memory is full.', action: 'Use a smaller model.' };
      if (text.includes('Model type'))
        return { kind: 'unsupported_model', message: 'The model is not supported.', action: 'Use another engine.' };
      return null;
    },
    concurrency: 32,
    native: { n: false, jsonSchema: false, toolChoice: false, stop: false, logprobs: false },
    onLeave: 'cancel',
    prepareChat: (body) => ({ ...body }),
  };
}

async function complete({ baseUrl }: EngineTarget, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages: [], max_tokens: 1 }),
    signal,
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  await answer.text();
}

/** Tells a running stand-in something: `knobs`, `print`, `crash`, `env`. */
export async function tell(baseUrl: string, path: string, body: unknown = {}): Promise<unknown> {
  const answer = await fetch(`${baseUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return answer.json();
}

/** Streams an answer and joins its words. */
export async function streamAnswer(baseUrl: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ messages: [], stream: true }) });
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: {'));
  return lines
    .map((line) => (JSON.parse(line.slice(6)) as { choices: [{ delta: { content: string } }] }).choices[0].delta.content)
    .join('');
}
