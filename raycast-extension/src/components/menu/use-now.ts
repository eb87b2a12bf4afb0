/** The menu's data, and how its items act: the outcome shows at once, a HUD tells how it went. */
import { showHUD } from "@raycast/api";
import { useState } from "react";
import { isAbort, type Client } from "@mlx-manager/shared";
import { useAgent, type UseAgent } from "../../hooks/use-agent";
import { agent } from "../../lib/agent";
import { loadNow, type Now } from "../../lib/house-now";
import { sentenceOf } from "../../lib/problems";

/**
 * @param failure such as `Could Not Stop Qwen3`.
 * @param work does it; what it answers is told by a HUD.
 * @param outcome what the menu shows meanwhile.
 */
export type Act = (
  failure: string,
  work: (client: Client) => Promise<string | undefined>,
  outcome?: (now: Now) => Now,
) => Promise<void>;

export interface UseNow extends UseAgent<Now> {
  act: Act;
}

/** Fetched once: a menu bar command ends when nothing loads and no item is at work. */
export function useNow(): UseNow {
  const feed = useAgent("now", loadNow, { live: false });
  const [working, setWorking] = useState(0);
  const act: Act = async (failure, work, outcome) => {
    setWorking((count) => count + 1);
    try {
      const doing = (async () => work(agent()))();
      const words = await feed.mutate(doing, outcome && { optimisticUpdate: outcome });
      if (words !== undefined) await showHUD(words);
    } catch (error) {
      if (!isAbort(error)) await showHUD(`${failure}: ${sentenceOf(error)}`);
    } finally {
      setWorking((count) => count - 1);
    }
  };
  return { ...feed, isLoading: feed.isLoading || working > 0, act };
}
