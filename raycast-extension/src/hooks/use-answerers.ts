/** Everyone who may answer, kept up to date. */
import type { Answerers } from "../lib/chat/targets";
import { useAgent, type UseAgent } from "./use-agent";

export function useAnswerers(): UseAgent<Answerers> {
  return useAgent<Answerers>(
    "chat answerers",
    async (client, signal) => {
      const [profiles, servers, models] = await Promise.all([
        client.listProfiles({ signal }),
        client.listServers({ signal }),
        client.listLocalModels({ signal }),
      ]);
      return { profiles, servers, models };
    },
    { topics: ["profile", "model"] },
  );
}
