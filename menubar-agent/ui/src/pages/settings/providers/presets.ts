/**
 * Services that many use, with the address their own documentation gives for programs. Pure.
 * Sources: the API references of each (base URL for OpenAI-compatible clients; Anthropic's for its own), November 2026.
 */
import type { ProviderProtocol } from '@mlx-manager/shared';

export interface Preset {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  /** Name of the new provider. */
  readonly name: string;
  readonly protocol: ProviderProtocol;
  readonly baseUrl: string;
  /** Where its keys are made; null where none is needed. */
  readonly keysAt: string | null;
}

const openai = (value: string, label: string, baseUrl: string, keysAt: string | null, hint = 'OpenAI’s protocol'): Preset => ({
  value,
  label,
  hint,
  name: label,
  protocol: 'openai',
  baseUrl,
  keysAt,
});

export const PRESETS: readonly Preset[] = [
  openai('openai', 'OpenAI', 'https://api.openai.com/v1', 'platform.openai.com/api-keys'),
  {
    value: 'anthropic',
    label: 'Anthropic',
    hint: 'Anthropic’s own protocol',
    name: 'Anthropic',
    protocol: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keysAt: 'console.anthropic.com/settings/keys',
  },
  openai('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', 'openrouter.ai/settings/keys'),
  openai('gemini', 'Google Gemini', 'https://generativelanguage.googleapis.com/v1beta/openai', 'aistudio.google.com/apikey'),
  openai('mistral', 'Mistral', 'https://api.mistral.ai/v1', 'console.mistral.ai/api-keys'),
  openai('groq', 'Groq', 'https://api.groq.com/openai/v1', 'console.groq.com/keys'),
  openai('deepseek', 'DeepSeek', 'https://api.deepseek.com/v1', 'platform.deepseek.com/api_keys'),
  openai('xai', 'xAI', 'https://api.x.ai/v1', 'console.x.ai'),
  openai('together', 'Together', 'https://api.together.xyz/v1', 'api.together.ai/settings/api-keys'),
  openai('ollama', 'Ollama', 'http://127.0.0.1:11434/v1', null, 'Another program on this Mac'),
  openai('lm-studio', 'LM Studio', 'http://127.0.0.1:1234/v1', null, 'Another program on this Mac'),
  openai(
    'mlx-manager',
    'Another MLX Manager',
    'http://other-mac.local:10239/v1',
    null,
    'Another Mac in this network; it needs an API key of its own',
  ),
  { ...openai('other', 'Another one', '', null, 'Anything that speaks OpenAI’s or Anthropic’s protocol'), name: '' },
];
