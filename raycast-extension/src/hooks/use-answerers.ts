/** Everyone who may answer, kept up to date. */
import type { Answerers } from "../lib/chat/targets";
import { useAgent, type UseAgent } from "./use-agent";

export function useAnswerers(): UseAgent<Answerers> {
  return useAgent<Answerers>(
    "chat answerers and providers",
    async (client, signal) => {
      const [profiles, servers, models, providers, rules, { routingEnabled }] = await Promise.all([
        client.listProfiles({ signal }),
        client.listServers({ signal }),
        client.listLocalModels({ signal }),
        client.listProviders({ signal }),
        client.listRules({ signal }),
        client.getSettings({ signal }),
      ]);
      return { profiles, servers, models, providers, rules, routingEnabled };
    },
    {
      topics: ["profile", "model", "server", "provider", "routing", "settings"],
      // A running server tells its figures every few seconds; here only whether it runs matters.
      on: (event, update) => {
        if (event.type !== "server.updated" && event.type !== "server.removed") return false;
        const { profileId } = event.data;
        const now = event.type === "server.updated" ? [event.data] : [];
        update((house) => ({
          ...house,
          servers: [...house.servers.filter((one) => one.profileId !== profileId), ...now],
        }));
        return true;
      },
    },
  );
}
