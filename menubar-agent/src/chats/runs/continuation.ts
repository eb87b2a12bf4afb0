/** How an engine is made to go on behind a partial answer. */
import type { MessagePart } from '@mlx-manager/shared';
import { CHAT, COMPLETIONS } from '../../gateway/index.js';
import type { OpenaiMessage } from './messages.js';
import type { Answerer, RunsDeps } from './types.js';

/** A request whose answer is the rest of one. */
export interface Continuation {
  readonly endpoint: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Splits what a completion says; null where thinking and text come apart by themselves. */
  readonly split: Splitter | null;
  /** Takes from what comes the part that is there already. @throws JointMissed. */
  readonly joint: (text: string) => string;
}

/** The model did not write the withheld word again. */
export class JointMissed extends Error {}

/** Thinking that goes on ends where its closing tag stands. */
export type Splitter = (text: string) => { readonly type: 'thinking' | 'text'; readonly text: string }[];

interface Partial {
  readonly thinking: string | null;
  readonly text: string | null;
}

/** A partial answer that can be gone on with: thinking, then text, one of them at least; null for any other. */
function partialOf(parts: readonly MessagePart[]): Partial | null {
  const [first, second] = parts;
  if (first?.type === 'text' && second === undefined) return { thinking: null, text: first.text };
  if (first?.type !== 'thinking' || parts.length > 2) return null;
  if (second === undefined) return { thinking: first.text, text: null };
  return second.type === 'text' ? { thinking: first.text, text: second.text } : null;
}

/**
 * By the engine's own ability where its adapter has one; else by the rendered template and a completion.
 * @param options of the request, in OpenAI's names.
 * @param again whether the model shall write the last word again.
 * @returns null where the engine can only begin anew: calls of tools, pictures, a provider, no tokenizer.
 */
export async function continuation(
  deps: Pick<RunsDeps, 'adapter' | 'render'>,
  answerer: Answerer | null,
  messages: readonly OpenaiMessage[],
  options: Readonly<Record<string, unknown>>,
  parts: readonly MessagePart[],
  again: boolean,
): Promise<Continuation | null> {
  const partial = partialOf(parts);
  // A completion is text alone: a call of a tool would be lost in it.
  if (answerer === null || partial === null || options.tools !== undefined) return null;
  if (messages.some(({ content }) => Array.isArray(content))) return null;
  const { profile } = answerer;
  const adapter = deps.adapter(profile);
  const last = partial.text ?? partial.thinking ?? '';
  const { kept, withheld } = again ? lastWord(last) : { kept: last, withheld: '' };
  const joint = again ? overlap(withheld) : bridged(last);
  // With nothing to show to the model it would begin as it likes, with thinking too.
  if (adapter.continuesAnswer !== undefined && partial.text !== null && kept !== '') {
    const body = adapter.continuesAnswer({ messages, ...options }, kept, profile.modelType);
    if (body !== null) return { endpoint: CHAT, body, split: null, joint };
  }
  if (!adapter.capabilities.endpoints.includes(COMPLETIONS) || profile.modelType !== 'lm') return null;
  const { chat_template_kwargs: chatTemplateKwargs, ...sampling } = options;
  const own = profile.systemPrompt ?? '';
  const asked = own === '' || messages[0]?.role === 'system' ? messages : [{ role: 'system', content: own }, ...messages];
  const rendered = await deps.render(profile.id, {
    messages: asked,
    chatTemplateKwargs: chatTemplateKwargs as Record<string, unknown> | undefined,
  });
  if (rendered === null) return null;
  const prompt = promptOf(rendered.prompt, rendered.thinkingTags, partial, kept);
  if (prompt === null) return null;
  const close = partial.text === null ? rendered.thinkingTags?.[1] : undefined;
  return { endpoint: COMPLETIONS, body: { prompt, ...sampling }, split: splitter(close ?? null), joint };
}

/** The rendered conversation, and the partial answer as the model had written it. */
function promptOf(rendered: string, tags: readonly [string, string] | null, { thinking, text }: Partial, kept: string): string | null {
  const open = tags !== null && rendered.trimEnd().endsWith(tags[0]);
  if (thinking === null) return open ? `${rendered.trimEnd()}\n\n${tags[1]}\n\n${kept}` : rendered + kept;
  if (tags === null) return null;
  // Templates that were told not to think have closed it already: what was thought has no place there.
  if (rendered.trimEnd().endsWith(tags[1])) return text === null ? null : rendered + kept;
  const begin = open ? rendered.trimEnd() : rendered + tags[0];
  const line = (before: string): string => (before.startsWith('\n') ? before : `\n${before}`);
  if (text === null) return begin + line(kept);
  return `${begin}${line(thinking)}${thinking.endsWith('\n') ? '' : '\n'}${tags[1]}\n\n${kept}`;
}

/**
 * Withholds the last word: the model writes it again, which is dropped. Engines leave out the space in front of their first token (mlx_lm's
 * `_maybe_trim_space`, tokenizer_utils.py 0.32), so that nobody could tell whether what comes goes on with the last word or begins another.
 * Where words are not parted by spaces there is no such doubt, and nothing is withheld.
 */
export function lastWord(text: string): { kept: string; withheld: string } {
  // Its end alone: from each of ten thousand spaces on the rest would be looked at.
  const withheld = / ?[^\s]{0,32}[ \t]*$/.exec(text.slice(-100))?.[0] ?? '';
  const before = text.at(-withheld.length - 1);
  const parted = withheld.startsWith(' ') || before === undefined || /\s/.test(before);
  return parted ? { kept: text.slice(0, text.length - withheld.length), withheld } : { kept: text, withheld: '' };
}

/** Drops the withheld word, with or without its space, from the beginning of what comes. */
export function overlap(withheld: string): (text: string) => string {
  const wanted = withheld.replace(/^ /, '');
  let held: string | null = wanted === '' && withheld === '' ? null : '';
  return (text) => {
    if (held === null) return text;
    held += text;
    const own = held.replace(/^ /, '');
    if (own.startsWith(wanted) && held !== '') {
      held = null;
      return own.slice(wanted.length);
    }
    if (!wanted.startsWith(own)) throw new JointMissed(`it wrote ${JSON.stringify(own)} in place of ${JSON.stringify(wanted)}`);
    return '';
  };
}

/** Where the last word was shown to the model: puts a space back that its engine left out, where two words meet. */
export function bridged(before: string): (text: string) => string {
  let first = true;
  return (text) => {
    if (!first || text === '') return text;
    first = false;
    return /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}.,;:!?)]$/u.test(before) &&
      /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u.test(text)
      ? ` ${text}`
      : text;
  };
}

/** @param close tag that ends the thinking which goes on; null for text alone. */
export function splitter(close: string | null): Splitter {
  let open = close;
  let held = '';
  return (text) => {
    if (open === null) return [{ type: 'text', text }];
    const all = held + text;
    const at = all.indexOf(open);
    if (at !== -1) {
      const after = all.slice(at + open.length);
      open = null;
      held = '';
      return [
        { type: 'thinking', text: all.slice(0, at) },
        { type: 'text', text: after },
      ];
    }
    let tail = Math.min(all.length, open.length - 1);
    while (tail > 0 && !open.startsWith(all.slice(all.length - tail))) tail--;
    held = all.slice(all.length - tail);
    return [{ type: 'thinking', text: all.slice(0, all.length - tail) }];
  };
}
