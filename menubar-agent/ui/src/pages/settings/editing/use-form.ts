/** What is typed into an editor, and what is wrong with it. */
import { useMemo, useState } from 'react';
import { typedNumber, type FieldProblem } from '@mlx-manager/shared';

/** Field of the draft → why it cannot be used. */
export type Problems<D> = { readonly [K in keyof D]?: string };

export interface Form<D> {
  readonly draft: D;
  set: (change: Partial<D>) => void;
  /** Something is not as it was when the editor opened. */
  readonly dirty: boolean;
  readonly valid: boolean;
  /** What to show at a field: nothing before it was touched, or before it was tried to save. */
  problem: (key: keyof D) => string | undefined;
  /** Shows every problem from now on. Answers whether there is none. */
  attempt: () => boolean;
}

/**
 * @param initial what the editor opens with; later values are not looked at: what was typed stays.
 * @param check all problems of a draft. Pure.
 */
export function useForm<D extends object>(initial: D, check: (draft: D) => Problems<D>): Form<D> {
  const [start] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [attempted, setAttempted] = useState(false);
  const problems = useMemo(() => check(draft), [check, draft]);
  const changed = (key: keyof D): boolean => JSON.stringify(draft[key]) !== JSON.stringify(start[key]);
  const valid = Object.values(problems).every((one) => one === undefined);
  return {
    draft,
    set: (change) => setDraft((before) => ({ ...before, ...change })),
    dirty: (Object.keys(draft) as (keyof D)[]).some(changed),
    valid,
    problem: (key) => (attempted || changed(key) ? problems[key] : undefined),
    attempt: () => {
      setAttempted(true);
      return valid;
    },
  };
}

/** Problems of a body at the fields of its draft: each goes to the deepest part of its path that is a field. The first one of a field counts. */
export function atFields<D extends object>(draft: D, problems: readonly FieldProblem[]): Problems<D> {
  const found: Record<string, string> = {};
  for (const { path, problem } of problems) {
    const key = path.findLast((part) => typeof part === 'string' && Object.hasOwn(draft, part));
    if (key !== undefined) found[key] ??= problem;
  }
  return found;
}

/** A number as it is typed: empty is none; what is no number becomes NaN, which every schema refuses. */
export const numberOf = (text: string, field?: string): number | null => typedNumber(text, field) ?? null;
/** A text as it is typed: empty is none. */
export const textOf = (text: string): string | null => (text.trim() === '' ? null : text.trim());
