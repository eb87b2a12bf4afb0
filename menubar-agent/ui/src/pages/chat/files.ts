/** Files for a message: what one is, and whether a model can be given it. */
import { AgentError, MAX_ATTACHMENT_BYTES } from '@mlx-manager/shared';

/** Longest film, seconds. */
export const MAX_FILM_S = 120;

const KNOWN: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
};

/** What a file is: by its name, else text where its beginning reads as text (README, Makefile and sources have no list). Null: neither. */
export function mediaTypeOf(name: string, start: Uint8Array): string | null {
  const known = KNOWN[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''];
  if (known !== undefined && !known.startsWith('text/') && known !== 'application/json') return known;
  return isText(start) ? (known ?? 'text/plain') : null;
}

/** @param start the beginning of the file; a character may be cut at its end. */
function isText(start: Uint8Array): boolean {
  const wide = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  if (wide) return true;
  if (start.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false; // not UTF-8, which is the answer asked for
  }
}

export interface ReadFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads a file that was chosen, pasted or dropped.
 * @param lengthOf of a film in seconds; null when the browser cannot tell.
 * @throws AgentError ATTACHMENT_TOO_LARGE, ATTACHMENT_UNREADABLE, ATTACHMENT_INVALID.
 */
export async function readFile(
  file: Pick<File, 'name' | 'size' | 'slice' | 'arrayBuffer'>,
  lengthOf: (file: Blob) => Promise<number | null>,
): Promise<ReadFile> {
  const { name } = file;
  // Looked at before it is read: a film of many gigabytes would take all memory first.
  if (file.size > MAX_ATTACHMENT_BYTES) throw new AgentError('ATTACHMENT_TOO_LARGE', { name, limitMb: MAX_ATTACHMENT_BYTES / 1024 / 1024 });
  try {
    const mediaType = mediaTypeOf(name, new Uint8Array(await file.slice(0, 8192).arrayBuffer()));
    if (mediaType === null) throw new AgentError('ATTACHMENT_UNREADABLE', { name, problem: 'it is no text, picture, sound or film' });
    if (mediaType.startsWith('video/')) {
      const seconds = await lengthOf(file as unknown as Blob);
      if (seconds === null)
        throw new AgentError(
          'ATTACHMENT_INVALID',
          { name, problem: `its length cannot be told, and a film may last ${MAX_FILM_S} s` },
          { action: 'This browser cannot play it. Save it as MP4 (H.264) or WebM, and attach that.' },
        );
      if (seconds > MAX_FILM_S)
        throw new AgentError(
          'ATTACHMENT_INVALID',
          { name, problem: `it lasts ${Math.round(seconds)} s, and a film may last ${MAX_FILM_S} s` },
          { action: 'Cut it shorter, and attach that.' },
        );
    }
    return { name, mediaType, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    if (error instanceof AgentError) throw error;
    // A browser reads a folder as a file that cannot be read.
    throw new AgentError('ATTACHMENT_INVALID', { name, problem: 'it cannot be read, or is a folder' }, { cause: error });
  }
}

/** So long the end of a film is looked for, milliseconds. */
const PATIENCE_MS = 20_000;
/** Behind the end of any film, seconds. */
const FAR_S = 1e9;

/** How long a film lasts, seconds; null when this browser cannot tell. */
export function filmLength(file: Blob): Promise<number | null> {
  return new Promise((resolve) => {
    const film = document.createElement('video');
    const address = URL.createObjectURL(file);
    const done = (seconds: number | null): void => {
      clearTimeout(timer);
      film.onloadedmetadata = film.ondurationchange = film.onseeked = film.onerror = null;
      film.removeAttribute('src');
      film.load();
      URL.revokeObjectURL(address);
      resolve(seconds);
    };
    const timer = setTimeout(() => done(null), PATIENCE_MS);
    film.preload = 'metadata';
    film.muted = true;
    film.onloadedmetadata = () => {
      if (Number.isFinite(film.duration)) {
        done(film.duration);
        return;
      }
      // What a browser recorded does not say how long it is: its end does, once it was gone to.
      film.ondurationchange = () => {
        if (Number.isFinite(film.duration)) done(film.duration);
      };
      film.onseeked = () => done(Number.isFinite(film.duration) ? film.duration : film.currentTime < FAR_S ? film.currentTime : null);
      film.currentTime = FAR_S;
    };
    film.onerror = () => done(null);
    film.src = address;
  });
}
