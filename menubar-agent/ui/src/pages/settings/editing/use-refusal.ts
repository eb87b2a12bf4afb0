/** Why saving failed. What was deleted elsewhere meanwhile is made anew by the next attempt: what was typed is not lost. */
import { useState } from 'react';
import { AgentError, type ErrorCode } from '@mlx-manager/shared';

const GONE: readonly ErrorCode[] = [
  'PERSONA_NOT_FOUND',
  'TEMPLATE_NOT_FOUND',
  'ROUTING_RULE_NOT_FOUND',
  'PROVIDER_NOT_FOUND',
  'GROUP_NOT_FOUND',
];

export interface Refusal {
  /** To be told in the editor. */
  readonly error: AgentError | null;
  /** What is edited is there no longer: saving is to make a new one. */
  readonly gone: boolean;
  /** For `failed` of an action: it is told here. */
  take: (error: AgentError) => boolean;
  clear: () => void;
}

/** @param editing whether something that was there is edited; what a new one refers to may be gone, too. */
export function useRefusal(editing: boolean): Refusal {
  const [error, setError] = useState<AgentError | null>(null);
  const [gone, setGone] = useState(false);
  return {
    error,
    gone,
    take(reason) {
      const lost = editing && !gone && GONE.includes(reason.code);
      if (lost) setGone(true);
      setError(lost ? new AgentError(reason.code, reason.details, WORDS) : reason);
      return true;
    },
    clear: () => setError(null),
  };
}

const WORDS = { message: 'It was deleted elsewhere meanwhile.', action: 'What you typed is kept. Save again to make it anew.' };
