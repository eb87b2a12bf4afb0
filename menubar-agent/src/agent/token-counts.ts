/** Counting with the models' own tokenizers, wired: from a profile to its folder and template. */
import { AgentError, type Profile } from '@mlx-manager/shared';
import {
  enginePythons,
  TokenizerService,
  type ChatPrompt,
  type EngineService,
  type LaunchSpec,
  type RenderedPrompt,
} from '../engines/index.js';
import { promptCounter, type PromptCounter } from '../gateway/index.js';
import { adapterOf, type ProfilesService } from '../profiles/index.js';
import type { ServersService } from '../servers/index.js';
import type { Foundation } from './foundation.js';
import type { LaunchPlanner } from './launch-planner.js';

export interface TokenCounts {
  readonly tokenizer: TokenizerService;
  /** Tokens of a chat request as a profile's model reads it. */
  readonly countPrompt: PromptCounter;
  /** Tokens of a text; null when they cannot be counted. */
  countText(profileId: number, text: string): Promise<number | null>;
  /** Tokens of a chat request; null when they could only be estimated. */
  countChat(profileId: number, body: Readonly<Record<string, unknown>>): Promise<number | null>;
  /** A conversation as the text a profile's model reads; null when it cannot be rendered. */
  render(profileId: number, chat: ChatPrompt): Promise<RenderedPrompt | null>;
}

export interface TokenCountsDeps {
  readonly engines: EngineService;
  readonly planner: LaunchPlanner;
  readonly profiles: () => ProfilesService;
  readonly servers: () => ServersService;
}

export function createTokenCounts({ env, logger }: Pick<Foundation, 'env' | 'logger'>, deps: TokenCountsDeps): TokenCounts {
  const { engines, planner, profiles, servers } = deps;
  const tokenizer = new TokenizerService({ env, logger, pythons: () => enginePythons((id) => engines.environment(id)) });

  /** What runs knows its folder; else a start is planned, which reads a few small files. */
  const specOf = async (profileId: number): Promise<LaunchSpec | null> => {
    const target = servers().target(profileId);
    if (target !== null) return target.spec;
    try {
      return (await planner.plan(profileId)).spec;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return null; // not downloaded, or not to be started: what asks for the answer itself is told
    }
  };
  const modelOf = async (profile: Profile) => {
    const spec = await specOf(profile.id);
    return spec && { folder: spec.modelFolder, chatTemplateFile: spec.chatTemplateFile, native: adapterOf(profile).native };
  };
  const countPrompt = promptCounter({ tokenizer, modelOf });
  return {
    tokenizer,
    countPrompt,
    async countText(profileId, text) {
      const spec = await specOf(profileId);
      return spec && tokenizer.countText(spec.modelFolder, text);
    },
    async countChat(profileId, body) {
      const { tokens, exact } = await countPrompt(profiles().get(profileId), body as never);
      return exact ? tokens : null;
    },
    async render(profileId, chat) {
      const spec = await specOf(profileId);
      return spec && tokenizer.renderChat(spec.modelFolder, { ...chat, chatTemplateFile: spec.chatTemplateFile });
    },
  };
}
