/** Tool: load a model. */
import { bytes, duration } from "../lib/format";
import { runProfile } from "../lib/run-profile";
import { startQuestion } from "../lib/start-question";
import { profileOf, withClient, type Confirmation } from "../lib/tool";

type Input = {
  /** Name or alias of the profile, as list-profiles tells it. */
  profile: string;
  /** Unloads other models when there is not enough memory left. Set it only when the user wants that. Leave it out for no. */
  unloadOthers?: boolean;
};

/** Asks first when the model is large, or others would be unloaded for it. */
export async function confirmation({ profile: name, unloadOthers = false }: Input): Promise<Confirmation> {
  return withClient(async (client) => startQuestion(client, await profileOf(client, name), unloadOthers));
}

/** Starts a profile: loads its model into memory, and waits until it answers. */
export default async function tool({ profile: name, unloadOthers = false }: Input) {
  return withClient(async (client) => {
    const profile = await profileOf(client, name);
    const { already, memoryBytes, seconds } = await runProfile(client, profile, { makeRoom: unloadOthers });
    return {
      profile: profile.name,
      state: already ? "was running already" : "ready",
      ...(memoryBytes !== null && { memory: bytes(memoryBytes) }),
      ...(!already && { took: duration(seconds) }),
      baseUrl: `${client.baseUrl}/v1`,
    };
  });
}
