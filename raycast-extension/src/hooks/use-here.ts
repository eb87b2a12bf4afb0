/** What this machine has: models, downloads, servers, profiles, memory. Kept up to date by the agent's events. */
import type { AgentEvent } from "@mlx-manager/shared";
import type { Update } from "../lib/feed";
import type { Here } from "../lib/models";
import { useAgent } from "./use-agent";

/** One feed for all commands about models: what one has fetched the other shows at once. */
export function useHere() {
  return useAgent<Here>(
    "here",
    async (client, signal) => {
      const [models, downloads, servers, profiles, pool] = await Promise.all([
        client.listLocalModels({ signal }),
        client.listDownloads({ signal }),
        client.listServers({ signal }),
        client.listProfiles({ signal }),
        client.getPool({ signal }),
      ]);
      return { models, downloads, servers, profiles, pool };
    },
    { topics: ["model", "download", "server", "profile"], on: apply },
  );
}

/** Puts an event into the data. Answers false where the agent must be asked anew. */
function apply(event: AgentEvent, mutate: (update: Update<Here>) => void): boolean {
  switch (event.type) {
    case "download.updated": {
      const task = event.data;
      let isNews = false;
      mutate((here) => {
        // Progress comes many times a second; what lies on the disk changes its kind only with the status.
        isNews = here.downloads.find((one) => one.taskId === task.taskId)?.status !== task.status;
        return { ...here, downloads: [...here.downloads.filter((one) => one.taskId !== task.taskId), task] };
      });
      return !isNews;
    }
    case "download.removed": {
      const { taskId } = event.data;
      mutate((here) => ({ ...here, downloads: here.downloads.filter((one) => one.taskId !== taskId) }));
      return true;
    }
    case "server.updated": {
      const server = event.data;
      let isNews = false;
      mutate((here) => {
        // Figures of a running server change all the time; memory and last use of models only with its state.
        isNews = here.servers.find((one) => one.profileId === server.profileId)?.state !== server.state;
        return { ...here, servers: [...here.servers.filter((one) => one.profileId !== server.profileId), server] };
      });
      return !isNews;
    }
    default:
      return false;
  }
}
