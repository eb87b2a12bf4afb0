/** Tool: what runs. */
import { bytes, duration } from "../lib/format";
import { memoryOf } from "../lib/run-profile";
import { budgetBytes, freeBytes, withClient } from "../lib/tool";

/** Lists the models in memory with their state, memory and requests, and how much memory is left for more. */
export default async function tool() {
  return withClient(async (client) => {
    const [servers, pool] = await Promise.all([client.listServers(), client.getPool()]);
    return {
      servers: servers.map((server) => {
        const memory = memoryOf(server, pool);
        const model = pool.models.find(({ profileId }) => profileId === server.profileId);
        return {
          profile: server.profileName,
          model: server.modelPath,
          state: server.state,
          ...(memory !== null && { memory: bytes(memory) }),
          uptime: duration(server.uptimeSeconds),
          requestsUnderWay: model?.active ?? 0,
          ...(server.failure && { failure: `${server.failure.message} ${server.failure.action}` }),
        };
      }),
      memoryForModels: bytes(budgetBytes(pool)),
      memoryLeft: bytes(freeBytes(pool)),
      baseUrl: `${client.baseUrl}/v1`,
    };
  });
}
