/** Tool: ask a model on this machine. */
import { ask } from "../lib/ask";
import { preferences } from "../lib/preferences";
import { profileOf, withClient } from "../lib/tool";

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

/** Asks a model that runs on this machine, and waits for its answer. A model that is not in memory is loaded first. */
export default async function tool({ question, profile, systemPrompt, maxTokens = USUAL_TOKENS }: Input) {
  return withClient(async (client) => {
    const name = profile?.trim() || preferences().defaultProfile;
    const model = name === undefined ? "auto" : (await profileOf(client, name)).name;
    const limit = Math.min(MOST_TOKENS, Math.max(1, Math.round(maxTokens)));
    const { text, model: by, finish } = await ask({ question, model, systemPrompt, maxTokens: limit });
    if (text === "" && finish === "length")
      throw new Error(`${by} used all of its ${limit} tokens to think. Ask it again with more tokens.`);
    const isCut = finish === "length" || text.length > MOST_CHARS;
    return { model: by, answer: text.slice(0, MOST_CHARS), ...(isCut && { cutOff: true }) };
  });
}
