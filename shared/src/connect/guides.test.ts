import { connectGuides } from './index.js';
import type { ConnectTarget, Guide } from './types.js';

const open: ConnectTarget = { origin: 'http://127.0.0.1:10239/', keyRequired: false, model: 'Jo\'s "M" $x', models: [] };
const textOf = (guides: readonly Guide[]): string => JSON.stringify(guides);
const guide = (id: string, changes: Partial<ConnectTarget> = {}): Guide =>
  connectGuides({ ...open, ...changes }).find((one) => one.id === id)!;
const codeOf = (id: string, changes: Partial<ConnectTarget> = {}): string =>
  guide(id, changes)
    .steps.map((step) => step.code ?? '')
    .join('\n');

test('every client has a guide with its own documentation and something to copy; no name twice', () => {
  const guides = connectGuides(open);
  expect(guides.map((one) => one.id)).toEqual([
    'claude-code',
    'codex',
    'opencode',
    'aider',
    'continue',
    'zed',
    'open-webui',
    'raycast-ai',
    'curl',
    'openai-python',
    'openai-javascript',
    'anthropic-python',
    'anthropic-javascript',
  ]);
  for (const { url, steps, file } of guides) {
    expect(url).toMatch(/^https:\/\//);
    expect(steps.some((step) => step.code)).toBe(true);
    if (file) expect(file.path).toMatch(/^~\//);
  }
  expect(textOf(guides)).not.toContain('10239//');
});

test('a key is written only where one is asked for; without one a placeholder and the way to it', () => {
  const key = 'mlxm_0123';
  // Into a container the agent is reached by another name, for which it always asks for a key.
  const others = (list: Guide[]): Guide[] => list.filter((one) => one.id !== 'open-webui');
  expect(textOf(others(connectGuides({ ...open, key })))).not.toContain(key);
  expect(textOf(connectGuides({ ...open, keyRequired: true, key }))).not.toContain('keys create');
  for (const one of others(connectGuides({ ...open, keyRequired: true }))) {
    if (one.id !== 'raycast-ai') expect(textOf([one])).toContain('YOUR_API_KEY');
  }
  expect(codeOf('codex')).not.toContain('env_key');
  expect(codeOf('codex', { keyRequired: true, key })).toContain('env_key = "MLX_MANAGER_API_KEY"');
  expect(guide('codex', { keyRequired: true, key }).file?.edits).not.toContainEqual(expect.objectContaining({ value: key }));
  expect(JSON.stringify(guide('zed', { keyRequired: true, key }).file)).not.toContain(key);
  expect(codeOf('opencode')).not.toContain('apiKey');
  expect(codeOf('curl')).not.toContain('Authorization');
});

test('Claude Code: the address without /v1, every tier of models, the context where it is known', () => {
  expect(guide('claude-code', { model: 'tiny', contextLength: 40_960 }).steps[0]).toEqual({
    title: 'For one terminal',
    text: 'Set these, then run claude there.',
    language: 'bash',
    code: `export ANTHROPIC_BASE_URL=http://127.0.0.1:10239
export ANTHROPIC_AUTH_TOKEN=mlx-manager
export ANTHROPIC_MODEL=tiny
export ANTHROPIC_DEFAULT_OPUS_MODEL=tiny
export ANTHROPIC_DEFAULT_SONNET_MODEL=tiny
export ANTHROPIC_DEFAULT_HAIKU_MODEL=tiny
export CLAUDE_CODE_MAX_CONTEXT_TOKENS=40960
export CLAUDE_CODE_ATTRIBUTION_HEADER=0
claude`,
  });
  expect(codeOf('claude-code')).not.toContain('MAX_CONTEXT');
});

test('Codex, opencode, aider, Continue and Zed: their files', () => {
  const target = { model: 'tiny', models: ['other', 'tiny'], contextLength: 40_960 };
  const code = (id: string): string | undefined => guide(id, target).steps.find((step) => step.language === guide(id).file?.language)?.code;
  expect(code('codex')).toBe(`model = "tiny"
model_provider = "mlx-manager"
model_context_window = 40960

[model_providers.mlx-manager]
name = "MLX Manager"
base_url = "http://127.0.0.1:10239/v1"
wire_api = "responses"
`);
  expect(JSON.parse(code('opencode')!)).toEqual({
    $schema: 'https://opencode.ai/config.json',
    model: 'mlx-manager/tiny',
    provider: {
      'mlx-manager': {
        npm: '@ai-sdk/openai-compatible',
        name: 'MLX Manager',
        options: { baseURL: 'http://127.0.0.1:10239/v1' },
        models: { tiny: { name: 'tiny', limit: { context: 40_960, output: 10_240 } }, other: { name: 'other' } },
      },
    },
  });
  expect(code('aider')).toBe('model: openai/tiny\nopenai-api-base: http://127.0.0.1:10239/v1\nopenai-api-key: mlx-manager\n');
  expect(code('continue')).toBe(`name: "My Config"
version: "1.0.0"
schema: v1
models:
  - name: "MLX Manager tiny"
    provider: openai
    model: tiny
    apiBase: http://127.0.0.1:10239/v1
    apiKey: mlx-manager
    roles: [chat, edit, apply]
    defaultCompletionOptions:
      contextLength: 40960
`);
  expect(JSON.parse(code('zed')!)).toEqual({
    agent: { default_model: { provider: 'MLX Manager', model: 'tiny' } },
    language_models: {
      openai_compatible: {
        'MLX Manager': {
          api_url: 'http://127.0.0.1:10239/v1',
          available_models: ['tiny', 'other'].map((name) => ({ name, display_name: name, max_tokens: 40_960 })),
        },
      },
    },
  });
  expect(textOf([guide('zed')])).toContain('32768 tokens are assumed');
});

test('Open WebUI: from a container by host.docker.internal, which must be let in; another machine by its own name', () => {
  expect(codeOf('open-webui', { key: 'mlxm_1' })).toContain('-e OPENAI_API_BASE_URL=http://host.docker.internal:10239/v1');
  expect(codeOf('open-webui', { key: 'mlxm_1' })).toContain('"allowed_hosts": ["host.docker.internal"]');
  expect(codeOf('open-webui')).toContain('mlx-manager keys create open-webui');
  const remote = codeOf('open-webui', { origin: 'http://studio.local:10239', keyRequired: true, key: 'mlxm_1' });
  expect(remote).toContain('-e OPENAI_API_BASE_URL=http://studio.local:10239/v1');
  expect(remote).not.toContain('allowed_hosts');
});

test('Raycast AI: the port of Ollama’s clients, to be turned on first', () => {
  expect(codeOf('raycast-ai', { ollama: { enabled: true, port: 11_500 } }).trim()).toBe('127.0.0.1:11500');
  expect(codeOf('raycast-ai')).toContain('"ollama_enabled": true');
  // What a surface can turn on by itself is marked, and gone when it is on.
  const opens = (id: string, changes?: Partial<ConnectTarget>) => guide(id, changes).steps.map((step) => step.opens);
  expect(opens('raycast-ai')[0]).toBe('ollama');
  expect(opens('raycast-ai', { ollama: { enabled: true, port: 11_500 } })).not.toContain('ollama');
  expect(opens('open-webui')[0]).toBe('containers');
  expect(opens('open-webui', { letsContainersIn: true })).not.toContain('containers');
});

test('names with quotes are written so that shells and languages read them', () => {
  expect(codeOf('curl')).toContain(String.raw`-d '{"model":"Jo'\''s \"M\" $x"`);
  expect(codeOf('openai-python')).toContain(String.raw`model="Jo's \"M\" $x"`);
});

test('embeddings have the clients that embed; sound and pictures have none of these', () => {
  expect(connectGuides({ ...open, kind: 'embeddings' }).map((one) => one.id)).toEqual(['curl', 'openai-python', 'openai-javascript']);
  expect(textOf(connectGuides({ ...open, kind: 'embeddings' }))).not.toContain('chat');
  expect(connectGuides({ ...open, kind: 'multimodal' })).toHaveLength(13);
  expect(connectGuides({ ...open, kind: 'whisper' })).toEqual([]);
});
