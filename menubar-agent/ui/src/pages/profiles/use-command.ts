/** The command line of what is typed, asked for once it rests. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { AgentError, ProfileCommand } from '@mlx-manager/shared';
import { client, toAgentError } from '../../lib/api.js';
import { fieldOf } from './fields.js';
import { optionsOf, schemaProblems, type Problems, type Values } from './form.js';

const REST_MS = 200;

export interface CommandState {
  /** The last one that could be told. */
  readonly answer: ProfileCommand | null;
  /** It is of what is typed now. */
  readonly fresh: boolean;
  /** What is typed is not yet of the right form. */
  readonly blocked: boolean;
  readonly error: AgentError | null;
  /** What the agent has against fields as they are now. */
  readonly problems: Problems;
}

/**
 * @param own the profile that is edited, null for a new one.
 * @param stamp is another one when the answer may be another for the same values: an engine was installed, a server started, the agent came back.
 */
export function useCommand(values: Values, own: number | null, stamp: string): CommandState {
  const body = useMemo(() => {
    const { name, ...options } = optionsOf(values);
    return { ...options, id: own, ...(name !== '' && { name }) };
  }, [values, own]);
  // A name that is not there yet is no reason to say no command.
  const askable = useMemo(() => Object.keys(schemaProblems(values)).every((key) => key === 'name' && values.name.trim() === ''), [values]);
  const key = JSON.stringify([body, stamp]);
  const [state, setState] = useState<{ key: string; answer: ProfileCommand | null; error: AgentError | null }>({
    key: '',
    answer: null,
    error: null,
  });
  const latest = useRef(body);
  latest.current = body;
  useEffect(() => {
    if (!askable) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      client
        .draftCommand({ body: latest.current, signal: stop.signal })
        .then((answer) => setState({ key, answer, error: null }))
        .catch((error: unknown) => {
          if (!stop.signal.aborted) setState((before) => ({ ...before, key, error: toAgentError(error) }));
        });
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, askable]);
  const answered = askable && state.key === key;
  const fresh = answered && state.error === null;
  return {
    answer: state.answer,
    fresh,
    blocked: !askable,
    error: answered ? state.error : null,
    problems: fresh && state.answer ? told(state.answer) : {},
  };
}

function told({ problems }: ProfileCommand): Problems {
  const found: Problems = {};
  for (const { field, message } of problems) {
    const key = fieldOf(field);
    if (key) found[key] ??= message;
  }
  return found;
}
