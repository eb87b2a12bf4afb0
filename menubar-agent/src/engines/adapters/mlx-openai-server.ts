/**
 * mlx-openai-server: FastAPI over mlx-lm, mlx-vlm, mlx-embeddings, mlx-whisper and mflux.
 * Read from its source (app/cli.py, server.py, core/handler_process.py of 1.8.1) and measured.
 * A failed start ends with exit code 0, so only its log tells; SIGTERM must go to its whole process group.
 */
import { join } from 'node:path';
import type { ModelType } from '@mlx-manager/shared';
import type { AnswerContext, EngineAdapter } from '../types.js';
import { endingAtErrors } from './events.js';
import { commonRules, explainByRules, type FailureRule } from './failures.js';
import { askEngine, expectList, jsonObject } from './http.js';
import { askedFor, bindHost, engineEnv, flag, promptConcurrency, refuseGuarded } from './launch.js';
import { refuseModelCode } from './model-code.js';
import { plainRequest } from './requests.js';

/**
 * On Linux torch is left out: gigabytes of CUDA for a single module-level import in outlines-core.
 * This stands in for it; language models and embeddings touch no more than this.
 */
const TORCH_STAND_IN = `"""Stand-in for torch, written by MLX Manager: enough for outlines-core to be imported. Not PyTorch."""
import numpy

__version__ = "0.0.0+mlx.manager.stand.in"
Tensor = type("Tensor", (), {})
Generator = type("Generator", (), {})


class nn:
    Module = type("Module", (), {})


def tensor(data, *args, **kwargs):
    return numpy.asarray(data)
`;

const smokeImports = ['mlx.core', 'app.main', 'app.handler.mlx_lm', 'app.handler.mlx_embeddings'];

const lacking: Readonly<Record<string, string>> = {
  'sampling.frequency_penalty': 'mlx-openai-server has no frequency_penalty.',
};
/** Options that only text and vision models have; the rest of the types are told without them. */
const languageOnly = [
  'context_length',
  'max_concurrency',
  'tool_call_parser',
  'reasoning_parser',
  'enable_auto_tool_choice',
  'chat_template_file',
  'trust_remote_code',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.top_k',
  'sampling.min_p',
  'sampling.max_tokens',
  'sampling.repetition_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
] as const;
const isLanguage = (type: ModelType): boolean => type === 'lm' || type === 'multimodal';

const guarded: Readonly<Record<string, string>> = {
  '--model-path': 'the profile’s model_path names the model',
  '--model-type': 'the profile’s model_type says it',
  '--served-model-name': 'the agent names the model',
  '--config': 'a profile serves one model; a file of several would bypass it',
  '--host': 'the profile’s host says where the engine listens',
  '--port': 'the agent chooses the port',
  '--log-file': 'the profile’s log_file says it',
  '--no-log-file': 'the profile’s no_log_file says it',
  '--trust-remote-code': 'it is given by the profile’s trust_remote_code alone',
  '--help': 'the engine would print its help and end',
};

const ownRules: readonly FailureRule[] = [
  {
    pattern: /Image generation and editing require the `mflux` package/,
    explain: () => ({
      kind: 'package_missing',
      message: 'Image models need the package mflux, which exists for macOS only.',
      action: 'Run this profile on a Mac with Apple silicon; there, install the engine again.',
    }),
  },
  ...commonRules,
  {
    pattern: /(?:failed to initialize|died during initialization|startup failed): ?(.*)/,
    explain: (match) => ({
      kind: 'crashed',
      message: `The engine could not load the model: ${(match[1] ?? '').trim() || 'see its log'}`,
      action: 'See the log, and check the profile’s model_type.',
    }),
  },
];

export const mlxOpenaiServer: EngineAdapter = {
  id: 'mlx-openai-server',
  name: 'MLX OpenAI Server',
  packageName: 'mlx-openai-server',
  pinnedVersion: '1.8.1',
  pythonRange: { min: 11, below: 13 },
  defaultFor: ['whisper', 'embeddings', 'image-generation', 'image-edit'],
  capabilities: {
    modelTypes: ['lm', 'multimodal', 'whisper', 'embeddings', 'image-generation', 'image-edit'],
    continuousBatching: true,
    tools: true,
    reasoning: true,
    embeddings: true,
    audio: true,
    images: true,
    endpoints: [
      '/v1/models',
      '/v1/chat/completions',
      '/v1/responses',
      '/v1/embeddings',
      '/v1/images/generations',
      '/v1/images/edits',
      '/v1/audio/transcriptions',
    ],
  },
  unsupportedOptions: Object.keys(lacking),

  recipe: (platform) =>
    platform === 'darwin'
      ? { requirements: ['mlx-openai-server==1.8.1'], overrides: [], files: {}, smokeImports }
      : {
          requirements: ['mlx-openai-server==1.8.1', 'mlx[cpu]==0.32.4'],
          // mflux wants mlx-cuda, torch and torchvision want CUDA.
          overrides: ["mflux ; sys_platform == 'darwin'", "torch ; sys_platform == 'darwin'", "torchvision ; sys_platform == 'darwin'"],
          files: { 'torch.py': TORCH_STAND_IN },
          smokeImports,
        },

  command(spec, environment) {
    refuseModelCode(spec);
    const { sampling } = spec;
    const language = isLanguage(spec.modelType)
      ? [
          ...flag('--context-length', spec.contextLength),
          ...(spec.maxConcurrency === null
            ? []
            : [
                ...flag('--decode-concurrency', spec.maxConcurrency),
                ...flag('--prompt-concurrency', promptConcurrency(spec.maxConcurrency)),
              ]),
          ...flag('--tool-call-parser', spec.toolCallParser),
          ...flag('--reasoning-parser', spec.reasoningParser),
          ...(spec.enableAutoToolChoice ? ['--enable-auto-tool-choice'] : []),
          ...(spec.trustRemoteCode ? ['--trust-remote-code'] : []),
          ...flag('--chat-template-file', spec.chatTemplateFile),
          ...flag('--temperature', sampling.temperature),
          ...flag('--top-p', sampling.topP),
          ...flag('--top-k', sampling.topK),
          ...flag('--min-p', sampling.minP),
          ...flag('--max-tokens', sampling.maxTokens),
          ...flag('--repetition-penalty', sampling.repetitionPenalty),
          ...flag('--presence-penalty', sampling.presencePenalty),
          ...flag('--seed', sampling.seed),
        ]
      : [];
    return {
      file: environment.python,
      args: [
        join(environment.root, 'bin', 'mlx-openai-server'),
        'launch',
        ...flag('--model-path', spec.modelFolder),
        ...flag('--model-type', spec.modelType),
        ...flag('--served-model-name', spec.modelName),
        // Its default is 0.0.0.0.
        ...flag('--host', bindHost(spec.host)),
        ...flag('--port', spec.port),
        ...flag('--queue-timeout', spec.queueTimeout),
        // 0 would mean without limit (Python's Queue).
        ...flag('--queue-size', Math.max(1, spec.queueSize)),
        ...flag('--log-level', spec.logLevel),
        // Without either it writes logs/app.log in its current folder.
        ...(spec.logFile === null ? ['--no-log-file'] : ['--log-file', spec.logFile]),
        ...language,
        ...spec.extraArgs,
      ],
      env: engineEnv,
    };
  },

  warnings(spec) {
    const asked = askedFor(spec);
    const warnings = Object.entries(lacking).flatMap(([option, sentence]) => (asked[option] ? [sentence] : []));
    if (!isLanguage(spec.modelType)) {
      const idle = languageOnly.filter((option) => asked[option]);
      if (idle.length > 0) warnings.push(`A model of type ${spec.modelType} does not use ${idle.join(', ')}.`);
    } else if (asked['sampling.seed'] && !spec.extraArgs.includes('--disable-batching')) {
      warnings.push('mlx-openai-server ignores the seed while it batches; --disable-batching in extra_args makes it count.');
    }
    return warnings;
  },

  refuseArg: (option) => refuseGuarded(option, guarded, false), // click takes no abbreviations

  /** The port opens only when the model is loaded. */
  async health(target, signal) {
    const { status, text } = await askEngine(`${target.baseUrl}/health`, { signal });
    if (status === 200) return { status: 'ready', detail: null };
    const detail = jsonObject(text)?.model_status;
    return {
      status: status === 503 ? 'loading' : 'failed',
      detail: `health answered ${status}${typeof detail === 'string' ? ` (${detail})` : ''}`,
    };
  },

  async probe(target, signal) {
    const { baseUrl, spec } = target;
    switch (spec.modelType) {
      case 'lm':
      case 'multimodal': {
        const body = { model: spec.modelName, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, temperature: 0 };
        expectList(await askEngine(`${baseUrl}/v1/chat/completions`, { body, signal }), 'choices', 'The one-token probe');
        return;
      }
      case 'embeddings': {
        const body = { model: spec.modelName, input: 'Hi' };
        expectList(await askEngine(`${baseUrl}/v1/embeddings`, { body, signal }), 'data', 'The embedding probe');
        return;
      }
      case 'whisper':
      case 'image-generation':
      case 'image-edit': {
        // comes from the registry of loaded models, and the port opens only after loading: that has to do. // The smallest real request would be a sound file or a whole picture (minutes on some Macs). The listing
        expectList(await askEngine(`${baseUrl}/v1/models`, { signal }), 'data', 'The list of models');
        return;
      }
    }
  },

  // --decode-concurrency
  concurrency: 32,
  // A JSON schema is obeyed mostly, but some answers ended after the first brace (seen with 1.8.1): the gateway looks at them.
  native: { n: false, jsonSchema: false, toolChoice: false, stop: false, logprobs: false },
  onLeave: 'cancel',

  explainFailure: (lines) => explainByRules(lines, ownRules),

  prepareChat: (body, spec) => ({ ...plainRequest(body, spec), model: spec.modelName }),

  // `partial` on the last message (app/schemas/openai.py 1.8.1); its handler for pictures takes it off again and begins anew.
  continuesAnswer: (asked, partial, modelType) =>
    modelType === 'lm'
      ? { ...asked, messages: [...(asked.messages as unknown[]), { role: 'assistant', content: partial, partial: true }] }
      : null,

  streamFilter(context) {
    let first = true;
    return endingAtErrors((event) => {
      if (event.includes('"finish_reason"')) return withTrueEnd(event, context);
      // It leaves out `finish_reason` where OpenAI says null, and tells the role in each event: clients that add deltas up get "assistantassistant…".
      const own = first ? event : event.replace(ROLE, '');
      first = false;
      return own.replace('"index": 0}]', '"index": 0, "finish_reason": null}]');
    });
  },
};

const ROLE = /, "role": "assistant"|"role": "assistant"(?:, )?/;

/** The last chunk, which has the end and the usage. It says `stop` where the limit of tokens ended the answer. */
function withTrueEnd(event: string, context: AnswerContext): string {
  const json = jsonObject(event);
  const choice = (Array.isArray(json?.choices) ? json.choices[0] : undefined) as Record<string, unknown> | null | undefined;
  if (json === null || typeof choice !== 'object' || choice === null) return event;
  const ended = trueEnd(choice, json.usage, context);
  return ended === choice ? event : JSON.stringify({ ...json, choices: [ended] });
}

function trueEnd(choice: Record<string, unknown>, usage: unknown, { maxTokens }: AnswerContext): Record<string, unknown> {
  const written = (usage as { completion_tokens?: unknown } | null | undefined)?.completion_tokens;
  const full = maxTokens !== null && typeof written === 'number' && written >= maxTokens;
  return full && choice.finish_reason === 'stop' ? { ...choice, finish_reason: 'length' } : choice;
}
