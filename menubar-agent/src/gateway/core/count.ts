/** How many tokens a prompt has: counted with the model's own tokenizer and template where that can be, else estimated. */
import type { ChatCompletionRequest, Profile } from '@mlx-manager/shared';
import type { NativeAbilities, TokenizerService } from '../../engines/index.js';
import { estimateTokens, TOKENS_PER_IMAGE } from './estimate.js';
import { withProfileDefaults } from '../request.js';
import { shapedPrompt } from '../shaping/shaping.js';

/** What counting needs of a profile's model. */
export interface CountedModel {
  /** Absolute folder of the model. */
  readonly folder: string;
  readonly chatTemplateFile: string | null;
  readonly native: NativeAbilities;
}

export interface CountDeps {
  readonly tokenizer: Pick<TokenizerService, 'countChat'>;
  /** Null when its files are not here. */
  readonly modelOf: (profile: Profile) => Promise<CountedModel | null>;
}

export interface PromptCount {
  /** At least 1. */
  readonly tokens: number;
  /** Whether the model's own tokenizer counted all of it. */
  readonly exact: boolean;
}

export type PromptCounter = (
  profile: Profile,
  body: ChatCompletionRequest,
  options?: { readonly withinMs?: number },
) => Promise<PromptCount>;

/**
 * Makes the function that counts.
 *
 * It takes a chat request as the client sent it, in OpenAI's form: the profile's system prompt and what shaping adds are counted too. Pictures are
 * counted roughly. `withinMs` gives an estimate when the count takes longer (the tokenizer's child may have to start).
 * @throws AgentError INVALID_REQUEST for what shaping refuses, and what `modelOf` throws.
 */
export function promptCounter({ tokenizer, modelOf }: CountDeps): PromptCounter {
  return async (profile, asked, options = {}) => {
    const filled = withProfileDefaults(asked, profile);
    const counting = (async (): Promise<PromptCount | null> => {
      const model = await modelOf(profile);
      if (model === null) return null;
      const body = shapedPrompt(filled, model.native) as ChatCompletionRequest;
      const { messages, pictures, exact } = textOf(body.messages);
      const { tools, chat_template_kwargs: chatTemplateKwargs } = body;
      const chat = { messages, tools, chatTemplateKwargs, chatTemplateFile: model.chatTemplateFile };
      const tokens = await tokenizer.countChat(model.folder, chat);
      return tokens === null ? null : { tokens: Math.max(1, tokens + pictures * TOKENS_PER_IMAGE), exact };
    })();
    const counted = await (options.withinMs === undefined ? counting : within(counting, options.withinMs));
    return counted ?? { tokens: estimateTokens(filled), exact: false };
  };
}

type Messages = ChatCompletionRequest['messages'];

/** The messages without what is no text. */
function textOf(messages: Messages): { messages: Messages; pictures: number; exact: boolean } {
  let pictures = 0;
  let exact = true;
  const texts = messages.map((message) => {
    if (!Array.isArray(message.content)) return message;
    const parts = message.content as Record<string, unknown>[];
    pictures += parts.filter(({ type }) => type === 'image_url').length;
    const content = parts.filter(({ type }) => type === 'text');
    exact &&= content.length === parts.length;
    return { ...message, content };
  });
  return { messages: texts, pictures, exact };
}

/** What comes in time; null else. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined); // too late for anybody: the estimate was given
  }
}
