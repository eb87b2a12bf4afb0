/** Pictures in a request: Ollama's are bare base64, OpenAI's are data URLs that name their type. */
import { AgentError } from '@mlx-manager/shared';

/** How files of a type begin. Source: the "magic numbers" of the formats' own specifications. */
const SIGNATURES: readonly (readonly [mime: string, matches: (head: string) => boolean])[] = [
  ['image/png', (head) => head.startsWith('\x89PNG')],
  ['image/jpeg', (head) => head.startsWith('\xff\xd8\xff')],
  ['image/gif', (head) => head.startsWith('GIF8')],
  ['image/webp', (head) => head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP'],
  ['image/bmp', (head) => head.startsWith('BM')],
  ['image/tiff', (head) => head.startsWith('II*\0') || head.startsWith('MM\0*')],
  ['image/heic', (head) => head.slice(4, 8) === 'ftyp' && /^(?:heic|heix|mif1|msf1|hevc)/.test(head.slice(8, 12))],
  ['image/avif', (head) => head.slice(4, 8) === 'ftyp' && head.slice(8, 12) === 'avif'],
];

/**
 * A data URL of a picture.
 * @param base64 with or without a `data:` head; line breaks are left out.
 * @param where names the picture in an error.
 * @throws AgentError INVALID_REQUEST when it is no base64, or no picture of a known type.
 */
export function imageUrl(base64: string, where: string): string {
  const data = base64.replace(/^data:[\w/+.-]*;base64,/, '').replace(/\s+/g, '');
  if (data === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(data))
    throw new AgentError('INVALID_REQUEST', { problem: `${where}: it is no base64` });
  const head = Buffer.from(data.slice(0, 32), 'base64').toString('latin1');
  const mime = SIGNATURES.find(([, matches]) => matches(head))?.[0];
  if (mime === undefined) throw new AgentError('INVALID_REQUEST', { problem: `${where}: it is no picture of a known type` });
  return `data:${mime};base64,${data}`;
}
