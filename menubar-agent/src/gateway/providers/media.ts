/** Pictures and documents of a message, from OpenAI's form to Anthropic's. Pure. */
import { z } from 'zod';
import type { AgentError } from '@mlx-manager/shared';

type Refuse = (problem: string) => AgentError;
type Block = Record<string, unknown>;

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]*)$/;

/** @param image `{ url }` with an address of the web or a `data:` URL. */
export function imageOf(image: unknown, refuse: Refuse): Block {
  const url = z.union([z.string(), z.looseObject({ url: z.string() }).transform((one) => one.url)]).safeParse(image);
  if (!url.success) throw refuse('a picture without url');
  if (/^https?:\/\//i.test(url.data)) return { type: 'image', source: { type: 'url', url: url.data } };
  const [mediaType, data] = base64Of(url.data, refuse);
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } };
}

/** @param file `{ filename, file_data }`. A file by its id lies with OpenAI. */
export function documentOf(file: unknown, refuse: Refuse): Block {
  const given = z.looseObject({ file_data: z.string(), filename: z.string().nullish() }).safeParse(file);
  if (!given.success) throw refuse('a file without file_data');
  const [mediaType, data] = base64Of(given.data.file_data, refuse);
  const title = given.data.filename ? { title: given.data.filename } : {};
  return { type: 'document', ...title, source: { type: 'base64', media_type: mediaType, data } };
}

function base64Of(url: string, refuse: Refuse): [mediaType: string, data: string] {
  const match = DATA_URL.exec(url);
  if (match?.[1] === undefined || match[2] === undefined) throw refuse('a picture or file is neither an address nor base64 data');
  return [match[1], match[2]];
}
