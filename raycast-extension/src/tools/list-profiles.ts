/** Tool: profiles. */
import { withClient } from "../lib/tool";

/** Lists the profiles: named configurations of models on this machine, and whether each is running. */
export default async function tool() {
  return withClient(async (client) => {
    const [profiles, servers, settings] = await Promise.all([
      client.listProfiles(),
      client.listServers(),
      client.getSettings(),
    ]);
    const states = new Map(servers.map(({ profileId, state }) => [profileId, state]));
    return profiles.map(({ id, name, aliases, modelPath, modelType, contextLength }) => ({
      name,
      ...(aliases.length > 0 && { aliases }),
      model: modelPath,
      type: modelType,
      state: states.get(id) ?? "stopped",
      ...(contextLength !== null && { contextLength }),
      ...(id === settings.defaultProfileId && { default: true }),
    }));
  });
}
