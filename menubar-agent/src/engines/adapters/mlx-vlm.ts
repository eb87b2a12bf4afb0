/**
 * mlx-vlm: `mlx_vlm.server`, for models that see and hear; it has text models too. Batches, with a prefix cache in memory.
 * Read from its source (mlx_vlm/server/*.py of 0.7.10) and measured; the quirks are named where they matter.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { EngineAdapter } from '../types.js';
import { endingAtErrors } from './events.js';
import { commonRules, explainByRules, type FailureRule } from './failures.js';
import { askEngine, expectList, jsonObject } from './http.js';
import { askedFor, bindHost, engineEnv, flag, refuseGuarded } from './launch.js';
import { refuseModelCode } from './model-code.js';
import { plainRequest, refuseSoundAddresses, withoutSchema, withUsage } from './requests.js';

/** Its own is 2,048, which cuts answers short; thinking models need far more. */
const DEFAULT_MAX_TOKENS = 32_768;
/** Its own is without limit, in memory too. */
const DEFAULT_CONCURRENCY = 32;

const lacking: Readonly<Record<string, string>> = {
  queue_timeout: 'mlx-vlm has no time limit for waiting requests.',
  queue_size: 'mlx-vlm has no limit for waiting requests.',
  tool_call_parser: 'mlx-vlm chooses the tool parser itself, from the chat template.',
  reasoning_parser: 'mlx-vlm finds the thinking itself, from the chat template.',
  enable_auto_tool_choice: 'mlx-vlm always lets the model choose tools; there is no switch.',
  chat_template_file: 'mlx-vlm takes the chat template from the model’s folder only.',
  log_file: 'mlx-vlm writes no log file of its own; its output is in the server’s log.',
  'sampling.temperature': 'mlx-vlm takes temperature from a request only, not as a default.',
  'sampling.top_p': 'mlx-vlm takes top_p from a request only, not as a default.',
  'sampling.top_k': 'mlx-vlm takes top_k from a request only, not as a default.',
  'sampling.min_p': 'mlx-vlm takes min_p from a request only, not as a default.',
  'sampling.repetition_penalty': 'mlx-vlm takes repetition_penalty from a request only, not as a default.',
  'sampling.presence_penalty': 'mlx-vlm takes presence_penalty from a request only, not as a default.',
  'sampling.frequency_penalty': 'mlx-vlm takes frequency_penalty from a request only, not as a default.',
  'sampling.seed': 'mlx-vlm takes a seed from a request only, not as a default.',
};

const guarded: Readonly<Record<string, string>> = {
  '--model': 'the profile’s model_path names the model',
  '--model-dir': 'a profile serves one model; further folders would bypass it',
  '--host': 'the profile’s host says where the engine listens',
  '--port': 'the agent chooses the port',
  '--api-key': 'the agent could not reach the engine; keys are the agent’s',
  '--reload': 'it is for developing the engine: the process would start itself anew',
  '--trust-remote-code': 'it is given by the profile’s trust_remote_code alone',
  '--help': 'the engine would print its help and end',
  '-h': 'the engine would print its help and end',
};

const ownRules: readonly FailureRule[] = [
  ...commonRules,
  {
    pattern: /Failed to pre-load .*?: (.*)\. Continuing without it|(Application startup failed)/,
    explain: (match) => ({
      kind: 'crashed',
      message: `The engine could not load the model${match[1] === undefined ? '.' : `: ${match[1].trim()}`}`,
      action: 'See the log, and check the profile’s model_type.',
    }),
  },
];

export const mlxVlm: EngineAdapter = {
  id: 'mlx-vlm',
  name: 'MLX VLM',
  packageName: 'mlx-vlm',
  pinnedVersion: '0.7.10',
  pythonRange: { min: 11, below: null },
  defaultFor: ['multimodal'],
  capabilities: {
    modelTypes: ['lm', 'multimodal', 'embeddings'],
    continuousBatching: true,
    tools: true,
    reasoning: true,
    embeddings: true,
    // It has routes for sound and pictures of models loaded beside the one a profile names.
    audio: false,
    images: false,
    endpoints: ['/v1/models', '/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/messages/count_tokens', '/v1/embeddings'],
  },
  unsupportedOptions: Object.keys(lacking),

  recipe: (platform) => ({
    requirements: ['mlx-vlm==0.7.10', platform === 'darwin' ? 'mlx==0.32.4' : 'mlx[cpu]==0.32.4'],
    // For training and films; 400 MB.
    overrides: platform === 'darwin' ? [] : ['datasets', 'opencv-python'].map((name) => `${name} ; sys_platform == 'darwin'`),
    files: {},
    smokeImports: ['mlx.core', 'mlx_vlm.server'],
  }),

  command(spec, environment) {
    refuseModelCode(spec);
    const language =
      spec.modelType === 'embeddings'
        ? []
        : [
            // Thinking is on where the template knows it, as with the other engines; a request turns it off.
            '--enable-thinking',
            // Its own 0 answers top_logprobs with empty lists.
            ...flag('--top-logprobs-k', 20),
            ...flag('--max-num-seqs', spec.maxConcurrency ?? DEFAULT_CONCURRENCY),
            // A request beyond it is refused.
            ...flag('--max-kv-size', spec.contextLength),
            ...flag('--max-tokens', spec.sampling.maxTokens ?? spec.contextLength ?? DEFAULT_MAX_TOKENS),
          ];
    return {
      file: environment.python,
      args: [
        join(environment.root, 'bin', 'mlx_vlm.server'),
        ...flag(spec.modelType === 'embeddings' ? '--embedding-model' : '--model', spec.modelFolder),
        // Its default is 0.0.0.0.
        ...flag('--host', bindHost(spec.host)),
        ...flag('--port', spec.port),
        ...flag('--log-level', spec.logLevel),
        ...language,
        ...(spec.trustRemoteCode ? ['--trust-remote-code'] : []),
        ...spec.extraArgs,
      ],
      // The prefix cache is off by default, and if on, on disk as well.
      env: { ...engineEnv, APC_ENABLED: '1', APC_DISK_ENABLED: '0' },
    };
  },

  warnings(spec) {
    const asked = askedFor(spec);
    if (spec.modelType === 'embeddings') {
      const idle = Object.keys(asked).filter((option) => asked[option] && option !== 'trust_remote_code' && option !== 'log_file');
      return idle.length === 0 ? [] : [`A model of type embeddings does not use ${idle.join(', ')}.`];
    }
    return Object.entries(lacking).flatMap(([option, sentence]) => (asked[option] ? [sentence] : []));
  },

  refuseArg: (option) => refuseGuarded(option, guarded, true),

  /** The port opens when the model is loaded. An embedding model that fails to load leaves the process alive and "healthy", without it. */
  async health(target, signal) {
    const { status, text } = await askEngine(`${target.baseUrl}/health`, { signal });
    const loaded = jsonObject(text)?.loaded_models;
    if (status !== 200) return { status: 'failed', detail: `health answered ${status}` };
    const any = typeof loaded === 'object' && loaded !== null && Object.keys(loaded).length > 0;
    return any ? { status: 'ready', detail: null } : { status: 'failed', detail: 'No model is loaded.' };
  },

  async probe(target, signal) {
    const { baseUrl, spec } = target;
    if (spec.modelType === 'embeddings') {
      expectList(
        await askEngine(`${baseUrl}/v1/embeddings`, { body: { model: spec.modelFolder, input: 'Hi' }, signal }),
        'data',
        'The embedding probe',
      );
      return;
    }
    const body = { model: spec.modelFolder, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, temperature: 0 };
    expectList(await askEngine(`${baseUrl}/v1/chat/completions`, { body, signal }), 'choices', 'The one-token probe');
  },

  concurrency: DEFAULT_CONCURRENCY,
  // A named or required tool is asked for in words only. Masks for JSON schemas are Metal kernels.
  native: { n: false, jsonSchema: process.platform === 'darwin', toolChoice: false, stop: false, logprobs: true, equalTogether: true },
  onLeave: 'cancel',
  // One sampler and one answer to "with logprobs?" for a running batch (0.7.10): a request at temperature 0 beside one at 2 was drawn at 2. Equal prompts that
  // run at once get equal answers too, whatever their seeds.
  batchKey: ({ temperature, top_p, top_k, min_p, logprobs }) => JSON.stringify([temperature, top_p, top_k, min_p, logprobs === true]),

  explainFailure: (lines) => explainByRules(lines, ownRules),

  prepareChat(body, spec) {
    // Any other name or adapter would be loaded in place of the model.
    const { adapter_path: _adapter, ...asked } = plainRequest(body, spec);
    if (asked.messages === undefined) return { ...asked, model: spec.modelFolder };
    refuseSoundAddresses(asked);
    const prepared = mlxVlm.native.jsonSchema ? asked : withoutSchema(asked);
    const thinking = (asked.chat_template_kwargs as { enable_thinking?: unknown } | undefined)?.enable_thinking;
    return withUsage({
      ...(typeof thinking === 'boolean' && { enable_thinking: thinking }), // it does not read chat_template_kwargs
      // Its default is one seed for all: the same answer each time at any temperature.
      seed: randomInt(2 ** 31),
      ...prepared,
      // Else it sums up by itself what came before in a conversation that is near the model's limit, or refuses it there.
      context_management: [],
      model: spec.modelFolder,
    });
  },

  streamFilter() {
    let first = true;
    return endingAtErrors((event) => {
      const own = event.replace(TIMINGS, '}').replace(NO_TOOLS, '');
      const once = first ? own : own.replace('"role":"assistant",', '');
      first = false;
      return withoutTwin(once);
    });
  },
};

const TIMINGS = /,"timings":\{[^{}]*\}\}$/;
const NO_TOOLS = ',"tool_calls":null,"tool_call_id":null,"name":null';

/** Thinking is told twice, as `reasoning_content` and as `reasoning` behind it, the last member of the delta. */
function withoutTwin(event: string): string {
  const start = event.indexOf(',"reasoning":');
  if (start === -1 || !event.includes('"reasoning_content":')) return event;
  const value = start + ',"reasoning":'.length;
  let end = value;
  if (event.startsWith('null', value)) end += 4;
  else if (event[value] === '"') {
    end += 1;
    while (end < event.length && event[end] !== '"') end += event[end] === '\\' ? 2 : 1;
    end += 1;
  } else return event;
  return event.slice(0, start) + event.slice(end);
}
