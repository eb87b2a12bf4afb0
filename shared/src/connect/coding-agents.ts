/** Claude Code, Codex, opencode, aider. */
import { ASSUMED_CONTEXT, exported, keyOf, keySteps, namesOf, shell } from './text.js';
import type { ConfigFile, ConfigObject, ConnectTarget, Guide } from './types.js';
import { newFileText } from './values.js';

const inFile = (file: ConfigFile): { language: ConfigFile['language']; code: string } => ({
  language: file.language,
  code: newFileText(file),
});

/**
 * Variables: code.claude.com/docs/en/llm-gateway-connect and /env-vars. The address has no `/v1`: Claude Code adds `/v1/messages`. Without the three defaults its
 * background work asks for Anthropic's models by name. MAX_CONTEXT_TOKENS is what 2.1.330 reads for models it does not know. The attribution header changes the
 * start of every prompt, so that an engine's prompt cache never fits.
 */
export function claudeCode(target: ConnectTarget): Guide {
  const { origin, model, contextLength } = target;
  const env = {
    ANTHROPIC_BASE_URL: origin,
    ANTHROPIC_AUTH_TOKEN: keyOf(target),
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_OPUS_MODEL: model,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ...(contextLength != null && { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(contextLength) }),
    CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
  };
  const file: ConfigFile = {
    path: '~/.claude/settings.json',
    language: 'json',
    purpose: 'Sends all of Claude Code’s requests to MLX Manager.',
    edits: [{ path: ['env'], value: env }],
  };
  return {
    id: 'claude-code',
    name: 'Claude Code',
    summary: 'Anthropic’s coding agent for the terminal.',
    url: 'https://code.claude.com/docs/en/llm-gateway-connect',
    steps: [
      ...keySteps(target, 'claude-code'),
      { title: 'For one terminal', text: 'Set these, then run claude there.', language: 'bash', code: `${exported(env)}\nclaude` },
      {
        title: 'For always',
        text: `Put this into ${file.path}. Take it out again to go back to Anthropic’s models. If ANTHROPIC_API_KEY is set, unset it.`,
        ...inFile(file),
      },
      { title: 'Look', text: 'In Claude Code /status shows the address. Its prompts need a context of 32,000 tokens or more.' },
    ],
    file,
  };
}

/**
 * developers.openai.com/codex/config-reference and /config-sample; `responses` is the only wire_api that 0.162 and later accept. Without env_key no
 * key is sent. The key itself is read from the environment.
 */
export function codex(target: ConnectTarget): Guide {
  const { origin, model, contextLength, keyRequired } = target;
  const provider = {
    name: 'MLX Manager',
    base_url: `${origin}/v1`,
    wire_api: 'responses',
    ...(keyRequired && { env_key: 'MLX_MANAGER_API_KEY' }),
  };
  const file: ConfigFile = {
    path: '~/.codex/config.toml',
    language: 'toml',
    purpose: 'Adds MLX Manager as a provider and makes it the default.',
    edits: [
      { path: ['model'], value: model },
      { path: ['model_provider'], value: 'mlx-manager' },
      ...(contextLength != null ? [{ path: ['model_context_window'], value: contextLength }] : []),
      { path: ['model_providers', 'mlx-manager'], value: provider },
    ],
  };
  const key = exported({ MLX_MANAGER_API_KEY: keyOf(target) });
  return {
    id: 'codex',
    name: 'Codex',
    summary: 'OpenAI’s coding agent for the terminal.',
    url: 'https://developers.openai.com/codex/config-reference',
    steps: [
      ...keySteps(target, 'codex'),
      { title: 'Add the provider', text: `Put this into ${file.path}; the first lines go above every [section].`, ...inFile(file) },
      ...(keyRequired
        ? [{ title: 'Give it the key', text: 'In your shell’s profile, such as ~/.zshrc.', language: 'bash' as const, code: key }]
        : []),
      { title: 'Run it', language: 'bash', code: 'codex' },
    ],
    file,
  };
}

/** opencode.ai/docs/providers (custom provider) and /docs/config; the package speaks /v1/chat/completions. */
export function opencode(target: ConnectTarget): Guide {
  const { origin, model, contextLength, keyRequired } = target;
  const limit: ConfigObject =
    contextLength == null ? {} : { limit: { context: contextLength, output: Math.min(Math.floor(contextLength / 4), 32_000) } };
  const models: ConfigObject = Object.fromEntries(namesOf(target).map((name) => [name, { name, ...(name === model ? limit : {}) }]));
  const options: ConfigObject = { baseURL: `${origin}/v1`, ...(keyRequired ? { apiKey: keyOf(target) } : {}) };
  const file: ConfigFile = {
    path: '~/.config/opencode/opencode.json',
    language: 'jsonc',
    purpose: 'Adds MLX Manager as a provider and makes the model the default.',
    whenNew: [{ path: ['$schema'], value: 'https://opencode.ai/config.json' }],
    edits: [
      { path: ['model'], value: `mlx-manager/${model}` },
      {
        path: ['provider', 'mlx-manager'],
        value: {
          npm: '@ai-sdk/openai-compatible',
          name: 'MLX Manager',
          options,
          models,
        },
      },
    ],
  };
  return {
    id: 'opencode',
    name: 'opencode',
    summary: 'The open source coding agent for the terminal.',
    url: 'https://opencode.ai/docs/providers/',
    steps: [
      ...keySteps(target, 'opencode'),
      { title: 'Add the provider', text: `Put this into ${file.path}.`, ...inFile(file) },
      { title: 'Run it', text: 'Other models are chosen with /models.', language: 'bash', code: 'opencode' },
    ],
    file,
  };
}

/** aider.chat/docs/llms/openai-compat.html and /docs/config/aider_conf.html; `openai/` says which protocol is spoken. */
export function aider(target: ConnectTarget): Guide {
  const { origin, model } = target;
  const file: ConfigFile = {
    path: '~/.aider.conf.yml',
    language: 'yaml',
    purpose: 'Makes aider use the model of MLX Manager.',
    edits: [
      { path: ['model'], value: `openai/${model}` },
      { path: ['openai-api-base'], value: `${origin}/v1` },
      { path: ['openai-api-key'], value: keyOf(target) },
    ],
  };
  const command = `aider --model ${shell(`openai/${model}`)}`;
  const env = exported({ OPENAI_API_BASE: `${origin}/v1`, OPENAI_API_KEY: keyOf(target) });
  return {
    id: 'aider',
    name: 'aider',
    summary: 'Pair programming in the terminal.',
    url: 'https://aider.chat/docs/llms/openai-compat.html',
    steps: [
      ...keySteps(target, 'aider'),
      { title: 'For one terminal', language: 'bash', code: `${env}\n${command}` },
      {
        title: 'For always',
        text: `Put this into ${file.path}. aider warns that it does not know the model; that is no fault.`,
        ...inFile(file),
      },
    ],
    file,
  };
}

/**
 * docs.continue.dev/reference: models of config.yaml, entries told apart by their name. `openai` with apiBase is the documented way for servers that speak
 * OpenAI's protocol (docs.continue.dev, model providers, OpenAI).
 */
export function continueDev(target: ConnectTarget): Guide {
  const { origin, model, contextLength } = target;
  const file: ConfigFile = {
    path: '~/.continue/config.yaml',
    language: 'yaml',
    purpose: 'Adds the model to those that Continue offers.',
    whenNew: [
      { path: ['name'], value: 'My Config' },
      { path: ['version'], value: '1.0.0' },
      { path: ['schema'], value: 'v1' },
    ],
    edits: [
      {
        path: ['models'],
        entry: {
          name: `MLX Manager ${model}`,
          provider: 'openai',
          model,
          apiBase: `${origin}/v1`,
          apiKey: keyOf(target),
          roles: ['chat', 'edit', 'apply'],
          ...(contextLength != null && { defaultCompletionOptions: { contextLength } }),
        },
      },
    ],
  };
  return {
    id: 'continue',
    name: 'Continue',
    summary: 'The assistant for VS Code and JetBrains.',
    url: 'https://docs.continue.dev/reference',
    steps: [
      ...keySteps(target, 'continue'),
      { title: 'Add the model', text: `Put this into ${file.path}; of models only the entry, if you have some.`, ...inFile(file) },
      { title: 'Choose it', text: 'In Continue’s model menu. The file is read again when it is saved.' },
    ],
    file,
  };
}

/**
 * zed.dev/docs/ai/use-api-access (OpenAI-compatible endpoints): the key is never in the file but in the keychain or in the variable named after the
 * provider, upper snake case plus _API_KEY. `max_tokens` is the context and must be given. Default model: zed.dev/docs/ai/agent-settings.
 */
export function zed(target: ConnectTarget): Guide {
  const { origin, model, contextLength } = target;
  const provider = 'MLX Manager';
  const entries = namesOf(target).map((name) => ({
    path: ['language_models', 'openai_compatible', provider, 'available_models'],
    entry: { name, display_name: name, max_tokens: contextLength ?? ASSUMED_CONTEXT },
  }));
  const file: ConfigFile = {
    path: '~/.config/zed/settings.json',
    language: 'jsonc',
    purpose: 'Adds MLX Manager as a provider and makes the model the default of Zed’s agent.',
    edits: [
      { path: ['agent', 'default_model'], value: { provider, model } },
      { path: ['language_models', 'openai_compatible', provider, 'api_url'], value: `${origin}/v1` },
      ...entries,
    ],
  };
  return {
    id: 'zed',
    name: 'Zed',
    summary: 'The editor’s own agent and inline assistant.',
    url: 'https://zed.dev/docs/ai/use-api-access#openai-compatible',
    steps: [
      ...keySteps(target, 'zed'),
      {
        title: 'Add the provider',
        text: `Put this into ${file.path}.${contextLength == null ? ` The context of the model is not known here; ${ASSUMED_CONTEXT} tokens are assumed.` : ''}`,
        ...inFile(file),
      },
      {
        title: 'Give it the key',
        text: `Zed keeps keys in the keychain: Settings → AI → LLM Providers → ${provider}. ${target.keyRequired ? 'Enter the key' : 'It wants one though none is asked for: enter this'}. Or set MLX_MANAGER_API_KEY before Zed starts.`,
        code: keyOf(target),
      },
    ],
    file,
  };
}
