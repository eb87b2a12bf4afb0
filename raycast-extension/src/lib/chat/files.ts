/** Files for a message: from a path to what the agent keeps. */
import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { AgentError, MAX_ATTACHMENT_BYTES, type Client, type InputPart } from "@mlx-manager/shared";

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
function mediaTypeOf(path: string, bytes: Uint8Array): string {
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
 * @throws AgentError ATTACHMENT_INVALID where one cannot be read, ATTACHMENT_TOO_LARGE; what the agent answers.
 */
export async function attach(client: Client, paths: readonly string[]): Promise<InputPart[]> {
  const parts: InputPart[] = [];
  for (const path of paths) {
    const bytes = await read(path);
    const mediaType = mediaTypeOf(path, bytes);
    const { id, name } = await client.uploadAttachment({ name: basename(path), mediaType, bytes });
    parts.push({ type: mediaType.startsWith("image/") ? "image" : "file", attachmentId: id, name, mediaType });
  }
  return parts;
}

async function read(path: string): Promise<Uint8Array> {
  const name = basename(path);
  const invalid = (problem: string, cause?: unknown) =>
    new AgentError("ATTACHMENT_INVALID", { name, problem }, { cause });
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw invalid("it is a folder");
    if (!found.isFile()) throw invalid("it is no file");
    // Looked at before it is read: a film of many gigabytes would take all memory first.
    if (found.size > MAX_ATTACHMENT_BYTES)
      throw new AgentError("ATTACHMENT_TOO_LARGE", { name, limitMb: MAX_ATTACHMENT_BYTES / 1024 / 1024 });
    return await readFile(path);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw invalid("it is no longer there", error);
    if (code === "EACCES" || code === "EPERM") throw invalid("Raycast may not read it", error);
    throw invalid(message, error);
  }
}
