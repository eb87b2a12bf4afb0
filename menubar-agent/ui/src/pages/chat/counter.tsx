/** How much of the model's context the chat takes, with what is being written: counted by the model's own tokenizer, in the agent. */
import { useEffect, useState } from 'react';
import type { Chat, ChatTokens, InputPart } from '@mlx-manager/shared';
import { cn } from '../../kit/index.js';
import { client } from '../../lib/api.js';

/** Every digit: five tokens more or less are to be seen. */
const count = (tokens: number): string => tokens.toLocaleString('en-US');
/** So long nothing more is typed before it is counted, milliseconds. */
const REST_MS = 250;

export interface Counted {
  readonly chatId: string | null;
  /** The message it would follow; the end of the branch shown when left out. */
  readonly parentId?: string | null;
  readonly parts: readonly InputPart[];
  readonly thinking: boolean | undefined;
  readonly profileId: number | null;
  readonly model: string | null;
  readonly personaId: number | null;
  readonly systemPrompt: string | null;
  readonly tools: Chat['tools'];
}

/** @param version changes when the conversation did. @param enabled not while an answer is written. */
export function useTokens(counted: Counted, version: string, enabled: boolean): ChatTokens | null {
  const [tokens, setTokens] = useState<ChatTokens | null>(null);
  const asked = JSON.stringify(counted);
  useEffect(() => {
    if (!enabled) return undefined;
    const left = new AbortController();
    const timer = setTimeout(() => {
      const { chatId, parentId, parts, thinking, profileId, model, personaId, systemPrompt, tools } = JSON.parse(asked) as Counted;
      const whose = { ...(profileId !== null && { profileId }), ...(model !== null && { model }) };
      // What a chat says of itself the agent knows.
      const own = chatId === null ? { personaId, systemPrompt, tools, ...whose } : { chatId, ...(parentId !== undefined && { parentId }) };
      client
        .countChat({ body: { ...own, parts: [...parts], ...(thinking !== undefined && { thinking }) }, signal: left.signal })
        .then(setTokens, () => {
          // No model yet, or a file it cannot be given: sending says so, the counter says nothing.
          if (!left.signal.aborted) setTokens(null);
        });
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [asked, version, enabled]);
  return tokens;
}

export function Counter({ tokens }: { tokens: ChatTokens | null }) {
  if (tokens === null) return <div className="mt-1.5 h-5" />;
  const { tokens: used, exact, contextLength } = tokens;
  const share = contextLength === null ? 0 : Math.min(1, used / contextLength);
  const tone = share >= 1 ? 'bg-bad' : share > 0.8 ? 'bg-warn' : 'bg-accent';
  const said = `${exact ? '' : '≈ '}${count(used)}${contextLength === null ? '' : ` of ${count(contextLength)}`} tokens`;
  return (
    <div className="mt-1.5 flex h-5 items-center gap-2 px-1 text-sm text-muted">
      {contextLength !== null && (
        <div
          role="meter"
          aria-label="Context used"
          aria-valuemin={0}
          aria-valuemax={contextLength}
          aria-valuenow={Math.min(used, contextLength)}
          aria-valuetext={said}
          className="h-1 w-24 overflow-hidden rounded-full bg-press"
        >
          <div className={cn('h-full rounded-full', tone)} style={{ width: `${share * 100}%` }} />
        </div>
      )}
      <span title={exact ? "Counted by the model's own tokenizer" : 'Estimated'}>{said}</span>
      {share >= 1 && <span>· the oldest messages will be left out</span>}
    </div>
  );
}
