/** Files for a message: from a path to what the agent keeps. */
import { open } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Client, InputPart } from "@mlx-manager/shared";

const IMAGES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".heic": "image/heic",
};
const OTHERS: Readonly<Record<string, string>> = {
  ".pdf": "application/pdf",
  ".mp4": "video/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
  ".mp3": "audio/mpeg",
  ".wav": "audio/wav",
  ".m4a": "audio/mp4",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".json": "application/json",
};

/** What a file is: by its name, else text where its beginning reads as text (README, Makefile and sources have no list). */
async function mediaTypeOf(path: string, bytes: Uint8Array): Promise<string> {
  const known = IMAGES[extname(path).toLowerCase()] ?? OTHERS[extname(path).toLowerCase()];
  if (known) return known;
  const start = bytes.subarray(0, 8192);
  if (start.includes(0)) return "application/octet-stream";
  try {
    // A character may be cut at the end of what is looked at: `stream` does not mind.
    new TextDecoder("utf-8", { fatal: true }).decode(start, { stream: true });
    return "text/plain";
  } catch {
    return "application/octet-stream"; // not UTF-8: the agent says what it can do with it
  }
}

/**
 * Hands files to the agent.
 * @param paths absolute.
 * @returns parts for a message, in their order.
 * @throws AgentError of the agent; the error of the file system where one cannot be read.
 */
export async function attach(client: Client, paths: readonly string[]): Promise<InputPart[]> {
  const parts: InputPart[] = [];
  for (const path of paths) {
    const file = await open(path);
    try {
      const bytes = await file.readFile();
      const mediaType = await mediaTypeOf(path, bytes);
      const { id, name } = await client.uploadAttachment({ name: basename(path), mediaType, bytes });
      parts.push({ type: mediaType.startsWith("image/") ? "image" : "file", attachmentId: id, name, mediaType });
    } finally {
      await file.close();
    }
  }
  return parts;
}
