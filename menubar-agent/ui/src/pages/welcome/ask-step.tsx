/** One question, answered in place. */
import { useEffect, useRef, useState } from 'react';
import ArrowRight from 'lucide-react/icons/arrow-right';
import { Link } from 'wouter';
import { AgentError, applyRunEvent, chatState, type ChatMessage, type ChatState } from '@mlx-manager/shared';
import { Button, buttonClass, Input } from '../../kit/index.js';
import { client, toAgentError } from '../../lib/api.js';
import { duration, tokensPerSecond } from '../../lib/format.js';
import { Step, Trouble } from './step.js';

const QUESTION = 'What is the capital of France?';

export function AskStep({ profileId, name }: { profileId: number | null; name: string | null }) {
  const [question, setQuestion] = useState(QUESTION);
  const { state, error, asking, ask, stop } = useQuestion();
  const input = useRef<HTMLInputElement>(null);
  const ready = profileId !== null;
  useEffect(() => {
    // Who is led here by the keyboard goes on typing; who does something else is left alone.
    if (ready && (document.activeElement === null || document.activeElement === document.body)) input.current?.focus();
  }, [ready]);
  const answer = state?.messages.findLast((message) => message.role === 'assistant');
  const done = answer?.status === 'complete' || answer?.status === 'stopped';
  if (!ready && !answer) return <Step number={4} title="Ask" state="waiting" />;
  return (
    <Step number={4} title="Ask" state={done ? 'done' : 'now'}>
      <form
        className="mt-1 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !asking && question.trim() !== '') void ask(profileId, question.trim());
        }}
      >
        <Input ref={input} aria-label={`Question to ${name ?? 'the model'}`} value={question} onValueChange={setQuestion} />
        {asking ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <Button type="submit" variant={done ? 'plain' : 'primary'}>
            Ask
          </Button>
        )}
      </form>
      {answer && <Answer message={answer} />}
      {error && <Trouble message={error.message} action={error.action} />}
      {done && state && (
        <Link href={`/chat/${state.chat.id}`} className={`${buttonClass('primary')} mt-3`}>
          Open Chat
          <ArrowRight aria-hidden />
        </Link>
      )}
    </Step>
  );
}

function Answer({ message }: { message: ChatMessage }) {
  const textOf = (type: 'text' | 'thinking'): string => message.parts.map((part) => (part.type === type ? part.text : '')).join('');
  const text = textOf('text');
  const thinking = textOf('thinking');
  const { metrics, status } = message;
  const figures = [
    metrics?.tokensPerSecond ? tokensPerSecond(metrics.tokensPerSecond) : null,
    metrics?.firstTokenMs ? `first token after ${duration(metrics.firstTokenMs / 1000)}` : null,
  ].filter((one) => one !== null);
  return (
    <div className="mt-3 rounded-lg bg-sunken p-3">
      {text === '' && status === 'generating' && (
        <p className="breathing text-muted">{thinking === '' ? 'Reads the question…' : 'Thinks…'}</p>
      )}
      {text === '' && status !== 'generating' && thinking !== '' && <p className="text-muted">It only thought: {thinking.slice(0, 500)}</p>}
      <p
        aria-live="polite"
        aria-busy={status === 'generating'}
        aria-label="Answer"
        className="max-h-72 overflow-y-auto wrap-anywhere whitespace-pre-wrap"
      >
        {text}
      </p>
      {figures.length > 0 && <p className="mt-1 text-sm text-muted">{figures.join(', ')}</p>}
    </div>
  );
}

/** Asks in a chat of its own, which can be gone on with. The answer is written by the agent, whether it is watched or not. */
function useQuestion() {
  const [state, setState] = useState<ChatState | null>(null);
  const [error, setError] = useState<AgentError | null>(null);
  const [asking, setAsking] = useState(false);
  const left = useRef<AbortController | null>(null);
  useEffect(() => () => left.current?.abort(), []);
  const ask = async (profileId: number, text: string): Promise<void> => {
    const watching = new AbortController();
    left.current = watching;
    setError(null);
    setAsking(true);
    try {
      const chat = state?.chat.profileId === profileId ? state.chat : await client.createChat({ body: { profileId } });
      let next = state?.chat.id === chat.id ? state : chatState({ chat, messages: [] });
      const events = client.startRun({ chatId: chat.id, body: { kind: 'send', parts: [{ type: 'text', text }] }, signal: watching.signal });
      for await (const event of events) {
        next = applyRunEvent(next, event);
        setState(next);
        if (event.type === 'finished' && event.data.run.error) {
          const { message, action } = event.data.run.error;
          setError(new AgentError('UNEXPECTED_ANSWER', { address: 'The model', problem: message }, { message, action }));
        }
      }
    } catch (caught) {
      if (!watching.signal.aborted) setError(toAgentError(caught));
    } finally {
      setAsking(false);
    }
  };
  const stop = (): void => {
    const runId = state?.run?.id;
    if (runId !== undefined) client.stopRun({ params: { runId } }).catch((caught: unknown) => setError(toAgentError(caught)));
  };
  return { state, error, asking, ask, stop };
}
