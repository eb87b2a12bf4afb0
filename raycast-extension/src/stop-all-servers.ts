/** Stop All Servers. */
import { closeMainWindow, showHUD } from "@raycast/api";
import { agent } from "./lib/agent";
import { bytes, plural } from "./lib/format";
import { aliveOf, stopServers } from "./lib/run-profile";
import { Late, tellFailure } from "./lib/without-window";

export default async function Command(): Promise<void> {
  try {
    const client = agent();
    const alive = aliveOf(await client.listServers());
    if (alive.length === 0) {
      await showHUD("Nothing is running");
      return;
    }
    await closeMainWindow();
    try {
      await stopServers(client, alive);
    } catch (error) {
      throw new Late("Could Not Stop All Servers", error);
    }
    const freed = alive.reduce((sum, { memoryMb }) => sum + (memoryMb ?? 0), 0) * 2 ** 20;
    await showHUD(`${plural(alive.length, "server")} stopped${freed > 0 ? ` · ${bytes(freed)} free again` : ""}`);
  } catch (error) {
    await tellFailure("Could Not Stop All Servers", error);
  }
}
