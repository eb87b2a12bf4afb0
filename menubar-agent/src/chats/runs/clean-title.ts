/** Titles that a model made. */
import { titleOfText } from '../titles.js';

/** Letters beyond which it is an answer, not a title. */
const TOO_LONG = 120;

/** What a model gave as a title, cleaned; null when it is none. */
export function cleanTitle(said: string): string | null {
  const withoutThinking = said.replace(/<think>[\s\S]*?(?:<\/think>|$)/g, '').replace(/^[\s\S]*<\/think>/, '');
  const line = withoutThinking
    .split('\n')
    .map((one) => one.trim())
    .find((one) => /[\p{L}\p{N}]/u.test(one));
  if (line === undefined || line.length > TOO_LONG) return null;
  let title = line.replace(/[\p{Cc}\s]+/gu, ' ');
  for (let before = ''; before !== title;) {
    before = title;
    title = title
      .replace(/^[#>*\-\s]+/, '')
      .replace(/^(?:(?:chat|conversation|suggested)\s+)?(?:title|titel|titre|t[ií]tulo|titolo|subject|topic)\**\s*[:：]\**\s*/i, '')
      .replace(/^["'“”„«»‘’`*_\s]+|["'“”„«»‘’`*_\s]+$/g, '')
      .replace(/[.。!,;:]+$/u, '');
  }
  // Tags and special tokens are a template's, not a title's.
  if (/<[/|a-z]|\|>|[{}]|\[\/?INST\]/i.test(title) || title.length < 2) return null;
  return titleOfText(title) || null;
}
