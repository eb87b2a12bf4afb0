/** Everything about the model whose detail is open. */
import type { ModelDetail, ModelSearchResult } from "@mlx-manager/shared";
import { baseName, isFolder, siblingsOf } from "../lib/models";
import { useAgent } from "./use-agent";

export interface ModelFacts {
  detail: ModelDetail;
  /** Other quantizations on the hub. */
  siblings: ModelSearchResult[];
}

/** Models among which other quantizations are looked for. */
const SIBLINGS_SEARCHED = 30;

/** @param modelId undefined while no detail is open: nothing is asked. */
export function useModelFacts(modelId: string | undefined) {
  return useAgent<ModelFacts>(
    `facts ${modelId ?? ""}`,
    async (client, signal) => {
      const name = modelId as string;
      const query = { query: baseName(name), limit: SIBLINGS_SEARCHED };
      const [detail, siblings] = await Promise.allSettled([
        client.getModel({ params: { modelId: name }, signal }),
        isFolder(name) ? [] : client.searchModels({ query, signal }),
      ]);
      if (detail.status === "rejected") throw detail.reason;
      // Without the hub the facts on the disk are still good; that the others are unknown shows as none.
      return {
        detail: detail.value,
        siblings: siblings.status === "fulfilled" ? siblingsOf(name, siblings.value) : [],
      };
    },
    { execute: modelId !== undefined },
  );
}
