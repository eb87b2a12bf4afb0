/**
 * mlx-lm: `mlx_lm.server` of ml-explore. Quick to start, light, batches.
 * Read from its source (mlx_lm/server.py 0.32.2) and measured; the quirks are named where they matter.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import type { EngineAdapter, LaunchSpec } from '../types.js';
import { endingAtErrors } from './events.js';
import { commonRules, explainByRules, type FailureRule } from './failures.js';
import { askEngine, expectList } from './http.js';
import { askedFor, bindHost, engineEnv, flag, promptConcurrency, refuseGuarded } from './launch.js';
import { plainRequest, withUsage } from './requests.js';

/** Its own default is 512, which cuts answers short; thinking models need far more. */
const DEFAULT_MAX_TOKENS = 32_768;

const lacking: Readonly<Record<string, string>> = {
  context_length: 'mlx-lm has no limit of the context: a longer prompt takes more memory.',
  queue_timeout: 'mlx-lm has no time limit for waiting requests.',
  queue_size: 'mlx-lm has no limit for waiting requests.',
  tool_call_parser: 'mlx-lm chooses the tool parser itself, from the chat template.',
  reasoning_parser: 'mlx-lm finds the thinking itself, from the tokenizer.',
  enable_auto_tool_choice: 'mlx-lm always lets the model choose tools; there is no switch.',
  log_file: 'mlx-lm writes no log file of its own; its output is in the server’s log.',
  'sampling.repetition_penalty': 'mlx-lm takes repetition_penalty from a request only, not as a default.',
  'sampling.presence_penalty': 'mlx-lm takes presence_penalty from a request only, not as a default.',
  'sampling.frequency_penalty': 'mlx-lm takes frequency_penalty from a request only, not as a default.',
  'sampling.seed': 'mlx-lm takes a seed from a request only, not as a default.',
};

const guarded: Readonly<Record<string, string>> = {
  '--model': 'the profile’s model_path names the model',
  '--host': 'the profile’s host says where the engine listens',
  '--port': 'the agent chooses the port',
  '--allowed-origins': 'web pages must not reach the engine past the agent',
  '--trust-remote-code': 'it is given by the profile’s trust_remote_code alone',
  '--help': 'the engine would print its help and end',
  '-h': 'the engine would print its help and end',
};

/** Said after a failure of any kind, so it comes last. */
const ownRules: readonly FailureRule[] = [
  ...commonRules,
  {
    pattern: /generation thread died: (.*)/,
    explain: (match) => ({
      kind: 'crashed',
      message: `The engine could not load or run the model: ${(match[1] ?? '').trim()}`,
      action: 'See the log, and upgrade the engine or take another model.',
    }),
  },
];

export const mlxLm: EngineAdapter = {
  id: 'mlx-lm',
  name: 'MLX LM',
  packageName: 'mlx-lm',
  pinnedVersion: '0.32.2',
  pythonRange: { min: 11, below: null },
  defaultFor: ['lm'],
  capabilities: {
    modelTypes: ['lm'],
    continuousBatching: true,
    tools: true,
    reasoning: true,
    embeddings: false,
    audio: false,
    images: false,
    endpoints: ['/v1/models', '/v1/chat/completions', '/v1/completions'],
  },
  unsupportedOptions: Object.keys(lacking),

  recipe: (platform) => ({
    // On Linux plain `mlx` lacks its library; the extra brings the CPU build.
    requirements: ['mlx-lm==0.32.2', platform === 'darwin' ? 'mlx==0.32.4' : 'mlx[cpu]==0.32.4'],
    overrides: [],
    files: {},
    smokeImports: ['mlx.core', 'mlx_lm.server'],
  }),

  command(spec, environment) {
    const { sampling } = spec;
    return {
      file: environment.python,
      args: [
        // The script by its path, not `-m`: that would put the current folder first on Python's path.
        join(environment.root, 'bin', 'mlx_lm.server'),
        ...flag('--model', spec.modelFolder),
        ...flag('--host', bindHost(spec.host)),
        ...flag('--port', spec.port),
        // Its default lets every web page read answers. No page has this origin.
        ...flag('--allowed-origins', 'none'),
        ...flag('--log-level', spec.logLevel),
        ...(spec.maxConcurrency === null
          ? []
          : [
              ...flag('--decode-concurrency', spec.maxConcurrency),
              ...flag('--prompt-concurrency', promptConcurrency(spec.maxConcurrency)),
            ]),
        ...(spec.trustRemoteCode ? ['--trust-remote-code'] : []),
        ...templateFlag(spec.chatTemplateFile),
        ...flag('--temp', sampling.temperature),
        ...flag('--top-p', sampling.topP),
        ...flag('--top-k', sampling.topK),
        ...flag('--min-p', sampling.minP),
        ...flag('--max-tokens', sampling.maxTokens ?? spec.contextLength ?? DEFAULT_MAX_TOKENS),
        ...spec.extraArgs,
      ],
      env: engineEnv,
    };
  },

  warnings(spec) {
    const asked = askedFor(spec);
    return Object.entries(lacking).flatMap(([option, sentence]) => (asked[option] ? [sentence] : []));
  },

  refuseArg: (option) => refuseGuarded(option, guarded, true),

  /** `/health` is 200 before the model is there: `ready` here means alive; the probe tells about the model. */
  async health(target, signal) {
    const { status } = await askEngine(`${target.baseUrl}/health`, { signal });
    if (status === 200) return { status: 'ready', detail: null };
    // 503 is final: the thread that holds the model ended, the process stays.
    return { status: 'failed', detail: `The engine’s generation thread died (health answered ${status}).` };
  },

  async probe(target, signal) {
    // Plain completion: needs no chat template, and waits until the model is loaded.
    const body = { model: 'default_model', prompt: 'Hi', max_tokens: 1, temperature: 0 };
    expectList(await askEngine(`${target.baseUrl}/v1/completions`, { body, signal }), 'choices', 'The one-token probe');
  },

  // --decode-concurrency
  concurrency: 32,
  // `stop` is looked for in tokens: the word is cut out of the text and the answer goes on where its tokens differ (" France" is not "France").
  // logprobs only in whole answers, without the token's text, or with the most likely token in place of the chosen one.
  native: { n: false, jsonSchema: false, toolChoice: false, stop: false, logprobs: false },
  onLeave: 'cancel',

  explainFailure: (lines) => explainByRules(lines, ownRules),

  saysDead: (_status, body) => body.includes('generation thread died'),

  prepareChat(body, spec) {
    // Any other name would be loaded in place of the model; so would what these name.
    const { adapters: _adapters, draft_model: _draft, logprobs: _logprobs, top_logprobs: _top, ...asked } = plainRequest(body, spec);
    return withUsage({ ...asked, model: 'default_model' });
  },

  streamFilter() {
    let first = true;
    let object = '';
    let called = false;
    return endingAtErrors((event) => {
      called ||= event.includes('"tool_calls": [');
      if (first) {
        first = false;
        object = event.includes('"object": "text_completion"') ? 'text_completion' : 'chat.completion.chunk';
        return event.replace(THINKING, OWN_THINKING);
      }
      // The usage calls itself a whole answer.
      if (event.includes('"usage": {')) return event.replace('"object": "chat.completion"', `"object": "${object}"`);
      // A call it could not read is left out, but still counted.
      const own = called ? event : event.replace('"finish_reason": "tool_calls"', '"finish_reason": "stop"');
      return own.replace(ROLE, '').replace(THINKING, OWN_THINKING);
    });
  },
};

const THINKING = '"reasoning":';
const OWN_THINKING = '"reasoning_content":';
/** Told in each event: clients that add deltas up get "assistantassistant…". */
const ROLE = /"role": "assistant"(?:, )?/;

/** `--chat-template` takes the template's text, not its file; in one word, because the text may begin with a dash. */
function templateFlag(file: LaunchSpec['chatTemplateFile']): string[] {
  if (file === null) return [];
  try {
    return [`--chat-template=${readFileSync(file, 'utf8')}`];
  } catch (cause) {
    throw new AgentError('INVALID_REQUEST', { problem: `chat_template_file ${file} cannot be read` }, { cause });
  }
}
