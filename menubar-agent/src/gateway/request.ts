/** A request as the profile wants it: its system prompt and sampling where the client says nothing. Pure; what the client gave stands. */
import { toSnakeCase, type ChatCompletionRequest, type Profile } from '@mlx-manager/shared';

type Defaults = Pick<Profile, 'systemPrompt' | 'sampling'>;

/** A chat request with the profile's defaults filled in. */
export function withProfileDefaults(body: ChatCompletionRequest, profile: Defaults): ChatCompletionRequest {
  const filled = withSampling(body, profile);
  const hasSystem = body.messages.some((message) => message.role === 'system' || message.role === 'developer');
  if (profile.systemPrompt !== null && profile.systemPrompt !== '' && !hasSystem) {
    filled.messages = [{ role: 'system', content: profile.systemPrompt }, ...body.messages];
  }
  return filled;
}

/** Any generating request with the profile's sampling filled in. */
export function withSampling<T extends Record<string, unknown>>(body: T, { sampling }: Pick<Defaults, 'sampling'>): T {
  const filled: Record<string, unknown> = { ...body };
  for (const [key, value] of Object.entries(sampling)) {
    const name = toSnakeCase(key);
    const given = filled[name] ?? (name === 'max_tokens' ? filled.max_completion_tokens : undefined);
    if (given === undefined || given === null) filled[name] = value;
  }
  return filled as T;
}
