/** A chat request as the profile wants it: its system prompt and sampling where the client says nothing. */
import { toSnakeCase, type ChatCompletionRequest, type Profile } from '@mlx-manager/shared';

/**
 * Fills in the profile's defaults. Pure; what the client gave stands.
 * @param body the client's request.
 */
export function withProfileDefaults(
  body: ChatCompletionRequest,
  profile: Pick<Profile, 'systemPrompt' | 'sampling'>,
): ChatCompletionRequest {
  const filled: ChatCompletionRequest = { ...body };
  for (const [key, value] of Object.entries(profile.sampling)) {
    const name = toSnakeCase(key);
    const given = filled[name] ?? (name === 'max_tokens' ? filled.max_completion_tokens : undefined);
    if (given === undefined || given === null) filled[name] = value;
  }
  const hasSystem = body.messages.some((message) => message.role === 'system' || message.role === 'developer');
  if (profile.systemPrompt !== null && profile.systemPrompt !== '' && !hasSystem) {
    filled.messages = [{ role: 'system', content: profile.systemPrompt }, ...body.messages];
  }
  return filled;
}
