/** Tool: download a model. */
import { bytes } from "../lib/format";
import { withClient, type Confirmation } from "../lib/tool";

type Input = {
  /** The model on Hugging Face, as search-models tells it, such as "mlx-community/Qwen3-8B-4bit". */
  modelId: string;
};

/** Asks first, with the size. */
export async function confirmation({ modelId }: Input): Promise<Confirmation> {
  return withClient(async (client) => {
    const { sizeBytes, fits, gated, local } = await client.getModel({ params: { modelId } });
    if (local?.complete === true) return undefined;
    return {
      message: `Download ${modelId}?`,
      info: [
        { name: "Size", value: sizeBytes === null ? "unknown" : bytes(sizeBytes) },
        { name: "Fits this machine", value: fits === null ? "unknown" : fits ? "yes" : "no" },
        { name: "Terms", ...(gated && { value: "to be accepted on its page first" }) },
      ],
    };
  });
}

/** Begins the download of a model. It goes on by itself; the command Show Downloads shows how far it is. */
export default async function tool({ modelId }: Input) {
  return withClient(async (client) => {
    const here = (await client.listLocalModels()).find((model) => model.modelId === modelId);
    if (here?.complete === true) return { modelId, state: "is on this machine already", size: bytes(here.sizeBytes) };
    const { taskId } = await client.downloadModel({ body: { modelId } });
    const task = await client.getDownload({ params: { taskId } });
    return {
      modelId,
      state: task.status,
      ...(task.totalBytes !== null && { size: bytes(task.totalBytes) }),
      progress: `${Math.floor(task.progress)}%`,
    };
  });
}
