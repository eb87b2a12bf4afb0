/**
 * Pictures, sounds and films in a request. Engines fetch their addresses themselves, private ones and files of this machine too. A request must not make them do
 * that: only what travels inside it (`data:`) is passed on to an engine.
 */
import { AgentError } from '@mlx-manager/shared';
import type { Protocol } from './call.js';

const KINDS = ['image_url', 'video_url', 'audio_url', 'input_image', 'image', 'video', 'audio'] as const;
/** Members of a part that hold one, and what it is then. */
const MEDIA: Readonly<Record<string, string>> = {
  ...{ image_url: 'pictures', input_image: 'pictures', image: 'pictures' },
  ...{ video_url: 'films', input_video: 'films', video: 'films' },
  ...{ audio_url: 'sounds', input_audio: 'sounds', audio: 'sounds' },
};

/**
 * @param body a chat request.
 * @param protocol the client's: it knows its messages by their place there.
 * @throws AgentError INVALID_REQUEST naming the message.
 */
export function checkMediaAddresses(body: Readonly<Record<string, unknown>>, protocol: Protocol = 'openai'): void {
  for (const { part, index } of partsOf(body)) {
    for (const kind of KINDS) if (!isInside(part[kind])) throw refusal(placeOf(protocol, index), ADDRESS);
    if (!isSound(part.input_audio)) throw refusal(placeOf(protocol, index), SOUND);
  }
}

/** What a request shows or plays, e.g. `pictures and sounds`; null for text alone. */
export function mediaIn(body: Readonly<Record<string, unknown>>): string | null {
  const kinds = new Set<string>();
  for (const { part } of partsOf(body)) {
    const kind = typeof part.type === 'string' ? MEDIA[part.type] : undefined;
    if (kind !== undefined) kinds.add(kind);
    else for (const [key, value] of Object.entries(part)) if (MEDIA[key] !== undefined && (value ?? null) !== null) kinds.add(MEDIA[key]);
  }
  return kinds.size === 0 ? null : [...kinds].sort().join(' and ');
}

function* partsOf(body: Readonly<Record<string, unknown>>): Generator<{ part: Readonly<Record<string, unknown>>; index: number }> {
  const messages = Array.isArray(body.messages) ? (body.messages as ({ content?: unknown } | null)[]) : [];
  for (const [index, message] of messages.entries()) {
    if (!Array.isArray(message?.content)) continue;
    for (const part of message.content as unknown[]) {
      if (typeof part === 'object' && part !== null) yield { part: part as Record<string, unknown>, index };
    }
  }
}

/** Whether a value names nothing outside the request. */
function isInside(value: unknown): boolean {
  const url = typeof value === 'object' && value !== null ? (value as { url?: unknown }).url : value;
  return typeof url !== 'string' || /^data:/i.test(url) || isBase64(url);
}

/** Pictures without the `data:` in front. A path or an address has a dot, a colon or a tilde early on, or is short. */
const isBase64 = (text: string): boolean => text.length > 64 && /^[A-Za-z0-9+/]{64}/.test(text) && !text.startsWith('/');

/** Whether `input_audio` holds a sound itself. mlx_vlm.server opens any text there that is not base64, as a file of this machine or an address. */
function isSound(value: unknown): boolean {
  const data: unknown = typeof value === 'object' && value !== null ? (value as { data?: unknown }).data : value;
  return data === undefined || data === null || (typeof data === 'string' && !data.startsWith('/') && SOUND_DATA.test(data));
}
const SOUND_DATA = /^(?:data:[^,]*,)?[A-Za-z0-9+/=\s]*$/;

/** Where a message stands in the client's own request. Other protocols than OpenAI's have the system prompt apart: their messages count differently. */
function placeOf(protocol: Protocol, index: number): string {
  if (protocol === 'responses') return 'input';
  return protocol === 'openai' ? `body.messages[${index}]` : 'body.messages';
}

const ADDRESS =
  'names a picture, sound or film by its address, which is not fetched here; send it inside the request as data:MIME;base64,…';
const SOUND = 'has an input_audio.data that is no base64; a file or an address is not opened here, send the sound itself';
const refusal = (place: string, problem: string): AgentError => new AgentError('INVALID_REQUEST', { problem: `${place} ${problem}` });
