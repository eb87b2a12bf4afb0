/** Tool: ask a model on this machine. */
import type { Client } from "@mlx-manager/shared";
import { ask } from "../lib/ask";
import { chats, shortName } from "../lib/models";
import { preferences } from "../lib/preferences";
import { aliveOf } from "../lib/run-profile";
import { startQuestion, type Startable } from "../lib/start-question";
import { profileOf, withClient, type Confirmation } from "../lib/tool";

/** Longest answer, tokens, and longest text that is handed on, characters. */
const MOST_TOKENS = 4096;
const USUAL_TOKENS = 1024;
const MOST_CHARS = 12_000;

type Input = {
  /** The whole question, with all the text the model needs to answer it: it sees nothing else. */
  question: string;
  /** Name or alias of the profile that shall answer. Leave it out for the default, or the one in memory. */
  profile?: string;
  /** How the model shall answer, such as "You are a terse code reviewer." Leave it out unless the user asks for it. */
  systemPrompt?: string;
  /** Longest answer in tokens, up to 4096. Leave it out for 1024. */
  maxTokens?: number;
};

/** Asks first when a model would have to be loaded for the answer that is large, or that others would be unloaded for. */
export async function confirmation({ profile }: Input): Promise<Confirmation> {
  return withClient(async (client) => {
    const answerer = await answererOf(client, profile);
    // The gateway makes room by itself.
    return answerer ? startQuestion(client, answerer, true) : undefined;
  });
}

/** Who would have to be loaded, by the gateway's own order; null when one that is in memory answers, or nobody can: the answer says why then. */
async function answererOf(client: Client, profile: string | undefined): Promise<Startable | null> {
  const name = nameOf(profile);
  if (name !== undefined) return profileOf(client, name);
  const [profiles, servers, { defaultProfileId }] = await Promise.all([
    client.listProfiles(),
    client.listServers(),
    client.getSettings(),
  ]);
  const able = profiles.filter(chats);
  const alive = new Set(aliveOf(servers).map(({ profileId }) => profileId));
  if (able.some(({ id }) => alive.has(id))) return null;
  const best =
    able.find(({ id }) => id === defaultProfileId) ?? able.find(({ origin }) => origin === "starter") ?? able[0];
  if (best) return best;
  // A model without a profile answers, too: it is given one.
  const model = (await client.listLocalModels()).find((one) => one.complete && chats(one.characteristics));
  return model ? { name: shortName(model.modelId), modelPath: model.modelId } : null;
}

const nameOf = (profile: string | undefined): string | undefined => profile?.trim() || preferences().defaultProfile;

/** Asks a model that runs on this machine, and waits for its answer. A model that is not in memory is loaded first. */
export default async function tool({ question, profile, systemPrompt, maxTokens = USUAL_TOKENS }: Input) {
  return withClient(async (client) => {
    const name = nameOf(profile);
    const model = name === undefined ? "auto" : (await profileOf(client, name)).name;
    const limit = Math.min(MOST_TOKENS, Math.max(1, Math.round(maxTokens)));
    const { text, model: by, finish } = await ask({ question, model, systemPrompt, maxTokens: limit });
    if (text === "" && finish === "length")
      throw new Error(`${by} used all of its ${limit} tokens to think. Ask it again with more tokens.`);
    const isCut = finish === "length" || text.length > MOST_CHARS;
    return { model: by, answer: text.slice(0, MOST_CHARS), ...(isCut && { cutOff: true }) };
  });
}
