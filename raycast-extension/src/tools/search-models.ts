/** Tool: models on the hub. */
import { bytes, count } from "../lib/format";
import { abilitiesOf, kindOf, precisionOf } from "../lib/models";
import { withClient } from "../lib/tool";

const USUAL = 8;
const MOST = 20;

type Input = {
  /** Words of the model's name, such as "qwen3 coder 4bit". Leave it empty for the most downloaded models. */
  query?: string;
  /** Only models that fit into this machine's memory. Leave it out for yes. */
  fits?: boolean;
  /** How the models are ordered. Leave it out for "downloads". */
  sort?: "downloads" | "likes" | "modified" | "size" | "trending";
  /** How many models, 1 to 20. Leave it out for 8. */
  limit?: number;
};

/** Searches MLX models on Hugging Face. */
export default async function tool({ query = "", fits = true, sort = "downloads", limit = USUAL }: Input) {
  return withClient(async (client) => {
    const most = Math.min(MOST, Math.max(1, Math.round(limit)));
    const found = await client.searchModels({ query: { query, sort, limit: most, ...(fits && { fits }) } });
    return found.map((model) => ({
      modelId: model.modelId,
      size: model.sizeBytes === null ? "unknown" : bytes(model.sizeBytes),
      fits: model.fits,
      kind: kindOf(model.characteristics),
      precision: precisionOf(model.characteristics),
      abilities: abilitiesOf(model.characteristics),
      downloads: count(model.downloads),
      downloaded: model.isDownloaded,
      ...(model.gated && { gated: true }),
    }));
  });
}
