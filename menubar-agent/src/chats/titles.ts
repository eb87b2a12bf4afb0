/** Titles of chats, made from what was said first. */
import type { Chat, MessagePart } from '@mlx-manager/shared';

/** Letters of a title that was made. */
const LONGEST = 60;
/** A sentence shorter than this says too little alone. */
const SHORTEST_SENTENCE = 8;
/** The title of a chat in which nothing was said. */
export const NEW_CHAT = 'New Chat';

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The change that titles a chat with its first message. None for a chat that has messages, or a title of the owner's.
 * @param parts of that message.
 */
export function autoTitle(chat: Pick<Chat, 'titled' | 'messageCount'>, parts: readonly MessagePart[]): { title?: string } {
  return chat.titled || chat.messageCount > 0 ? {} : { title: titleOf(parts) };
}

/** First sentence or line of what was said, without Markdown; the file's name where there is only a file. */
export function titleOf(parts: readonly MessagePart[]): string {
  for (const part of parts) {
    const title = part.type === 'text' ? titleOfText(part.text) : '';
    if (title !== '') return title;
  }
  const file = parts.find((part) => part.type === 'image' || part.type === 'file');
  return (file && shorten(file.name.replace(/\s+/g, ' ').trim())) || NEW_CHAT;
}

/** Any text as a title: one line without Markdown, at most {@link LONGEST} letters; empty when nothing is left. */
export function titleOfText(text: string): string {
  // A title is at the beginning; a megabyte of log behind it need not be read.
  const start = text.slice(0, 5_000);
  const prose = start.replace(/^[ \t]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*\1[`~]*[ \t]*$|(?![\s\S]))/gm, '');
  for (const line of [...prose.split('\n'), ...start.split('\n')]) {
    const plain = withoutMarkdown(line);
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(plain)) return shorten(firstSentence(plain));
  }
  return '';
}

function withoutMarkdown(line: string): string {
  return (
    line
      .replace(/^\s*(?:`{3,}|~{3,}).*$/, '')
      .replace(/^\s*(?:(?:#{1,6}|>|[-*+]|\d{1,9}[.)])\s+)+/, '')
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/(\*\*|__|~~)(?=\S)(.+?)\1/g, '$2')
      .replace(/(?<![\p{L}\p{N}_*])([*_])(?=\S)([^*_]+?)\1(?![\p{L}\p{N}_*])/gu, '$2')
      .replace(/`+/g, '')
      // Control characters have no place in a menu.
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
  );
}

/** A full stop ends a sentence where a capital follows: `e.g. this` does not. */
function firstSentence(line: string): string {
  for (const { index } of line.matchAll(/\.(?=\s+\p{Lu})|[!?…](?=\s)|[。！？](?=.)/gu))
    if (index + 1 >= SHORTEST_SENTENCE) return line.slice(0, index + 1);
  return line;
}

function shorten(text: string): string {
  const all = [...letters.segment(text.slice(0, LONGEST * 20))].map(({ segment }) => segment);
  if (all.length <= LONGEST) return all.join('').replace(/[.。]$/u, '');
  const cut = all.slice(0, LONGEST - 1).join('');
  const border = cut.lastIndexOf(' ');
  return `${(border > LONGEST / 2 ? cut.slice(0, border) : cut).replace(/[\s.,;:–-]+$/u, '')}…`;
}
