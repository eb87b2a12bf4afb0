/**
 * vllm-mlx: a FastAPI server over mlx-lm and mlx-vlm with continuous batching, a paged prefix cache and Anthropic's protocol of its own.
 * Read from its source (vllm_mlx/cli.py, server.py, scheduler.py of 0.6.0) and measured; the quirks are named where they matter.
 */
import type { EngineAdapter } from '../types.js';
import { endingAtErrors } from './events.js';
import { commonRules, explainByRules, type FailureRule } from './failures.js';
import { askEngine, expectList, jsonObject } from './http.js';
import { askedFor, bindHost, engineEnv, flag, refuseGuarded } from './launch.js';
import { refuseModelCode } from './model-code.js';
import { plainRequest, withoutSchema, withUsage } from './requests.js';

/** Its own default (300 s) is for the whole of an answer that is not streamed; the agent decides how long it waits. */
const TIMEOUT_SECONDS = 86_400;
/** Its own (32,768) refuses a request that asks for more. */
const MAX_REQUEST_TOKENS = 1_000_000;
const DEFAULT_MAX_TOKENS = 32_768;

/**
 * Without switches for it the engine writes the first 300 characters of what a user says into its log, logs at its own level, and when it ends writes the prefix cache of a
 * multimodal model (up to a fifth of the memory) to ~/.cache/vllm-mlx, to read it at the next start.
 */
const LAUNCHER = [
  'import logging, sys',
  'logging.getLogger("vllm_mlx").setLevel(sys.argv.pop(1))',
  'logging.getLogger("vllm_mlx.server").addFilter(lambda record: "preview" not in str(record.msg))',
  'import vllm_mlx.server as server',
  'async def nothing(*_): pass',
  'server._save_prefix_cache_to_disk = server._load_prefix_cache_from_disk = nothing',
  'from vllm_mlx.cli import main',
  'sys.argv[0] = "vllm-mlx"',
  'sys.exit(main())',
].join('\n');

/** Profiles name parsers as mlx-openai-server does: its name → the name here. */
const TOOL_PARSERS: Readonly<Record<string, string>> = {
  hermes: 'hermes',
  qwen3: 'qwen3',
  qwen3_coder: 'qwen3_coder',
  qwen3_moe: 'qwen3',
  qwen3_vl: 'qwen3',
  glm4_moe: 'glm47',
  minimax_m2: 'minimax_m2',
  nemotron3_nano: 'nemotron3',
  gemma4: 'gemma4',
  kimi_k2: 'kimi_k2',
  step_35: 'step3p5',
  harmony: 'harmony',
};
const REASONING_PARSERS: Readonly<Record<string, string>> = {
  hermes: 'qwen3',
  qwen3: 'qwen3',
  qwen3_moe: 'qwen3',
  qwen3_vl: 'qwen3',
  qwen3_5: 'qwen3',
  glm4_moe: 'glm4',
  glm47_flash: 'glm4',
  gemma4: 'gemma4',
  step_35: 'step3p5',
  harmony: 'harmony',
};
const DEFAULT_TOOL_PARSER = 'auto';
/** Reads `<think>…</think>` and leaves other text as it is. */
const DEFAULT_REASONING_PARSER = 'qwen3';

const lacking: Readonly<Record<string, string>> = {
  context_length: 'vllm-mlx has no limit of the context: a longer prompt takes more memory.',
  queue_timeout: 'vllm-mlx has no time limit for waiting requests.',
  queue_size: 'vllm-mlx has no limit for waiting requests.',
  enable_auto_tool_choice: 'vllm-mlx always lets the model choose tools here.',
  chat_template_file: 'vllm-mlx takes the chat template from the model’s folder only.',
  log_file: 'vllm-mlx writes no log file of its own; its output is in the server’s log.',
  'sampling.frequency_penalty': 'vllm-mlx has no frequency_penalty.',
  'sampling.seed': 'vllm-mlx has no seed.',
};

const guarded: Readonly<Record<string, string>> = {
  '--host': 'the profile’s host says where the engine listens',
  '--port': 'the agent chooses the port',
  '--served-model-name': 'the agent names the model',
  '--models-config': 'a profile serves one model; a file of several would bypass it',
  '--api-key': 'the agent could not reach the engine; keys are the agent’s',
  '--rate-limit': 'limits are the agent’s, for each API key',
  '--mcp-config': 'the engine would run the programs it names for every client',
  '--lazy-load-model': 'the agent loads models when they are asked for',
  '--auto-unload-idle-seconds': 'the agent unloads idle models',
  '--trust-remote-code': 'it is given by the profile’s trust_remote_code alone',
  '--help': 'the engine would print its help and end',
  '-h': 'the engine would print its help and end',
};

const ownRules: readonly FailureRule[] = [
  ...commonRules,
  {
    pattern: /Application startup failed/,
    explain: () => ({
      kind: 'crashed',
      message: 'The engine could not load the model.',
      action: 'See the log, and upgrade the engine or take another model.',
    }),
  },
];

export const vllmMlx: EngineAdapter = {
  id: 'vllm-mlx',
  name: 'vLLM MLX',
  packageName: 'vllm-mlx',
  pinnedVersion: '0.6.0',
  pythonRange: { min: 11, below: null },
  defaultFor: [],
  capabilities: {
    modelTypes: ['lm', 'multimodal'],
    continuousBatching: true,
    tools: true,
    reasoning: true,
    // It has routes for embeddings, reranking and audio beside a language model; their models come from the hub by name.
    embeddings: false,
    audio: false,
    images: false,
    endpoints: ['/v1/models', '/v1/chat/completions', '/v1/completions', '/v1/responses', '/v1/messages', '/v1/messages/count_tokens'],
  },
  unsupportedOptions: Object.keys(lacking),

  recipe: (platform) => ({
    // Its own ranges let mlx-vlm and mlx grow; these were tried together.
    requirements: ['vllm-mlx==0.6.0', 'mlx-lm==0.31.3', 'mlx-vlm==0.7.10', platform === 'darwin' ? 'mlx==0.32.4' : 'mlx[cpu]==0.32.4'],
    // Unused by its server for text; torch means CUDA, the rest 600 MB.
    overrides:
      platform === 'darwin'
        ? []
        : ['torch', 'torchvision', 'gradio', 'datasets', 'opencv-python', 'mlx-audio'].map((name) => `${name} ; sys_platform == 'darwin'`),
    files: {},
    smokeImports: ['mlx.core', 'vllm_mlx.cli', 'vllm_mlx.server', 'vllm_mlx.engine.batched'],
  }),

  command(spec, environment) {
    refuseModelCode(spec);
    const { sampling } = spec;
    return {
      file: environment.python,
      args: [
        // -P: the current folder does not belong on Python's path.
        ...['-P', '-c', LAUNCHER, spec.logLevel, 'serve', spec.modelFolder],
        ...flag('--served-model-name', spec.modelName),
        ...flag('--host', bindHost(spec.host)),
        ...flag('--port', spec.port),
        '--offline',
        '--continuous-batching',
        // 64,000 tokens in memory. Its other prefix cache may take a fifth of the memory.
        '--use-paged-cache',
        ...flag('--timeout', TIMEOUT_SECONDS),
        ...flag('--max-num-seqs', spec.maxConcurrency),
        ...flag('--max-tokens', sampling.maxTokens ?? spec.contextLength ?? DEFAULT_MAX_TOKENS),
        ...flag('--max-request-tokens', MAX_REQUEST_TOKENS),
        // Without these flags it leaves calls and thinking in the text.
        '--enable-auto-tool-choice',
        ...flag('--tool-call-parser', parserName(spec.toolCallParser, TOOL_PARSERS, DEFAULT_TOOL_PARSER)),
        ...flag('--reasoning-parser', parserName(spec.reasoningParser, REASONING_PARSERS, DEFAULT_REASONING_PARSER)),
        ...(spec.modelType === 'multimodal' ? ['--mllm'] : []),
        ...(spec.trustRemoteCode ? ['--trust-remote-code'] : []),
        ...flag('--default-temperature', sampling.temperature),
        ...flag('--default-top-p', sampling.topP),
        ...flag('--default-top-k', sampling.topK),
        ...flag('--default-min-p', sampling.minP),
        ...flag('--default-presence-penalty', sampling.presencePenalty),
        ...flag('--default-repetition-penalty', sampling.repetitionPenalty),
        ...spec.extraArgs,
      ],
      env: engineEnv,
    };
  },

  warnings(spec) {
    const asked = askedFor(spec);
    const warnings = Object.entries(lacking).flatMap(([option, sentence]) => (asked[option] ? [sentence] : []));
    for (const [name, known, fallback] of [
      [spec.toolCallParser, TOOL_PARSERS, DEFAULT_TOOL_PARSER],
      [spec.reasoningParser, REASONING_PARSERS, DEFAULT_REASONING_PARSER],
    ] as const) {
      if (name !== null && known[name] === undefined) warnings.push(`vllm-mlx has no parser ${name}; it uses ${fallback}.`);
    }
    return warnings;
  },

  refuseArg: (option) => refuseGuarded(option, guarded, true),

  /** The port opens when the model is loaded. */
  async health(target, signal) {
    const { status, text } = await askEngine(`${target.baseUrl}/health`, { signal });
    const said = jsonObject(text);
    if (status !== 200 || said?.status !== 'healthy')
      return { status: 'failed', detail: `health answered ${status} (${String(said?.status)})` };
    return said.model_loaded === true ? { status: 'ready', detail: null } : { status: 'loading', detail: 'the model is not loaded yet' };
  },

  async probe(target, signal) {
    // Plain completion: needs no chat template. A model with pictures has none of these.
    const { baseUrl, spec } = target;
    const short = { model: spec.modelName, max_tokens: 1, temperature: 0 };
    const answer =
      spec.modelType === 'lm'
        ? await askEngine(`${baseUrl}/v1/completions`, { body: { ...short, prompt: 'Hi' }, signal })
        : await askEngine(`${baseUrl}/v1/chat/completions`, { body: { ...short, messages: [{ role: 'user', content: 'Hi' }] }, signal });
    expectList(answer, 'choices', 'The one-token probe');
  },

  // --max-num-seqs
  concurrency: 32,
  // A named or required tool is asked for in words only. Masks for JSON schemas are Metal kernels.
  native: { n: false, jsonSchema: process.platform === 'darwin', toolChoice: false, stop: false, logprobs: false },
  onLeave: 'cancel',
  // Its scheduler (0.6.0) has one sampler for a running batch: a request at temperature 0 beside one at 2 was drawn at 2.
  batchKey: ({ temperature, top_p, min_p }) => JSON.stringify([temperature, top_p, min_p]),

  explainFailure: (lines) => explainByRules(lines, ownRules),

  prepareChat(body, spec) {
    const asked = plainRequest(body, spec);
    const format = asked.response_format as { type?: unknown } | undefined;
    const prepared = format?.type === 'json_schema' && !vllmMlx.native.jsonSchema ? withoutSchema(asked) : asked;
    return withUsage({ ...prepared, model: spec.modelName });
  },

  // The usage comes twice, in the last chunk and after it: clients that add it up get double.
  streamFilter: () =>
    endingAtErrors((event) => {
      const own = event.includes('"usage":{') && !event.includes('"choices":[]') ? event.replace(USAGE, '"usage":null') : event;
      return own.replace(',"generation_metadata":null', '');
    }),
};

const USAGE = /"usage":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/;

const parserName = (name: string | null, known: Readonly<Record<string, string>>, fallback: string): string =>
  name === null ? fallback : (known[name] ?? fallback);
