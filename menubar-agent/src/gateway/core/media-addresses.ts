/**
 * Engines fetch the addresses of pictures, sounds and films themselves, private ones and files of this machine too. A request must not make them do that: only
 * what travels inside it (`data:`) is passed on to an engine.
 */
import { AgentError } from '@mlx-manager/shared';

const KINDS = ['image_url', 'video_url', 'audio_url', 'input_image', 'image', 'video', 'audio'] as const;

/**
 * @param body a chat request.
 * @throws AgentError INVALID_REQUEST naming the message.
 */
export function checkMediaAddresses(body: Readonly<Record<string, unknown>>): void {
  const messages = Array.isArray(body.messages) ? (body.messages as { content?: unknown }[]) : [];
  messages.forEach(({ content }, index) => {
    if (!Array.isArray(content)) return;
    for (const part of content as Record<string, unknown>[]) {
      for (const kind of KINDS) if (!isInside(part[kind])) throw refusal(index);
    }
  });
}

/** Whether a value names nothing outside the request. */
function isInside(value: unknown): boolean {
  const url = typeof value === 'object' && value !== null ? (value as { url?: unknown }).url : value;
  return typeof url !== 'string' || /^data:/i.test(url) || isBase64(url);
}

/** Pictures without the `data:` in front. A path or an address has a dot, a colon or a tilde early on, or is short. */
const isBase64 = (text: string): boolean => text.length > 64 && /^[A-Za-z0-9+/]{64}/.test(text) && !text.startsWith('/');

const refusal = (index: number): AgentError =>
  new AgentError('INVALID_REQUEST', {
    problem: `body.messages[${index}] names a picture, sound or film by its address, which is not fetched here; send it inside the request as data:MIME;base64,…`,
  });
