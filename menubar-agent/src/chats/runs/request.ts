/** Who is asked for an answer, and with what beside the messages. */
import { AgentError, toSnakeCase, type Chat, type RunCreate, type SamplingDefaults } from '@mlx-manager/shared';
import type { RunsDeps } from './types.js';

/** The name that leaves the choice to the gateway. */
const AUTO = 'auto';

/** What a run asks for, once everything that may say so was asked. */
export interface Asked {
  /** As the gateway knows it. */
  readonly model: string;
  /** The chat's own, else its persona's; null leaves it to the profile's, which the gateway fills in. */
  readonly systemPrompt: string | null;
  /** In OpenAI's names; what is missing is the profile's. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly maxTokens: number | null;
}

/** What a chat says of its answers. */
export type ChatChoice = Pick<Chat, 'model' | 'profileId' | 'personaId' | 'systemPrompt' | 'sampling' | 'tools'>;

/**
 * The run's word stands over the chat's, the chat's over its persona's, theirs over the profile's.
 * @throws AgentError PROFILE_NOT_FOUND for the run's own.
 */
export function askedBy(deps: Pick<RunsDeps, 'profile' | 'persona' | 'setting'>, chat: ChatChoice, create: RunCreate): Asked {
  const persona = chat.personaId === null ? null : deps.persona(chat.personaId);
  const sampling: SamplingDefaults = { ...persona?.sampling, ...chat.sampling, ...create.sampling };
  const options: Record<string, unknown> = Object.fromEntries(Object.entries(sampling).map(([key, value]) => [toSnakeCase(key), value]));
  if (create.thinking !== undefined) options.chat_template_kwargs = { enable_thinking: create.thinking };
  const tools = create.tools ?? chat.tools;
  if (tools.length > 0) options.tools = tools;
  return {
    model: modelOf(deps, chat, create),
    systemPrompt: nonEmpty(chat.systemPrompt) ?? nonEmpty(persona?.systemPrompt),
    options,
    maxTokens: sampling.maxTokens ?? null,
  };
}

const nonEmpty = (text: string | null | undefined): string | null =>
  text === undefined || text === null || text.trim() === '' ? null : text;

function modelOf({ profile, setting }: Pick<RunsDeps, 'profile' | 'setting'>, chat: ChatChoice, create: RunCreate): string {
  const named = (id: number | null): string | null => (id === null ? null : (profile(id)?.name ?? null));
  if (create.profileId !== undefined) {
    const name = named(create.profileId);
    if (name === null) throw new AgentError('PROFILE_NOT_FOUND', { profile: create.profileId });
    return name;
  }
  // A profile that was deleted meanwhile leaves the choice to the next in the line.
  return create.model ?? named(chat.profileId) ?? chat.model ?? named(setting('defaultProfileId')) ?? AUTO;
}
