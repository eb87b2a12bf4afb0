/** The state of the editor: what is typed, upon which profile, and what is wrong with it. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Engine, LocalModel, Profile } from '@mlx-manager/shared';
import type { FieldKey } from './fields.js';
import {
  BLANK,
  changedKeys,
  rebase,
  schemaProblems,
  suggestName,
  takenProblems,
  valuesOf,
  withModel,
  type Problems,
  type Values,
} from './form.js';

export interface Known {
  readonly profiles: readonly Profile[];
  readonly engines: readonly Engine[];
  /** Whole ones. */
  readonly models: readonly LocalModel[];
}

export interface ProfileForm {
  readonly values: Values;
  /** What is saved; of a new profile, what it began with. */
  readonly base: Values;
  /** Fields that differ from what is saved. */
  readonly changed: readonly FieldKey[];
  /** Everything that is wrong. */
  readonly problems: Problems;
  /** What is told at a field: once it was touched, or everything was to be saved. */
  problem(key: FieldKey): string | undefined;
  set<K extends FieldKey>(key: K, value: Values[K]): void;
  setModel(path: string): void;
  /** Tells all problems from now on. */
  tellAll(): void;
  /** Back to what is saved. */
  discard: () => void;
  /** Somebody else changed the profile while something was typed here. */
  readonly elsewhere: boolean;
  /** While this surface saves, a change is its own. */
  readonly saving: { current: boolean };
}

/** @param profile as it is now; undefined for a new one. @param model path that a new one begins with. */
export function useProfileForm(profile: Profile | undefined, model: string | null, known: Known): ProfileForm {
  const own = profile?.id ?? null;
  const [base, setBase] = useState<Values>(() => (profile ? valuesOf(profile) : firstValues(model, known)));
  const [values, setValues] = useState(base);
  const [touched, setTouched] = useState<ReadonlySet<FieldKey>>(new Set());
  const [all, setAll] = useState(false);
  const [elsewhere, setElsewhere] = useState(false);
  const saving = useRef(false);
  const latest = useRef({ values, base });
  latest.current = { values, base };
  const now = useMemo(() => profile && valuesOf(profile), [profile]);
  useEffect(() => {
    const before = latest.current;
    if (!now || changedKeys(now, before.base).length === 0) return;
    const next = rebase(before.values, before.base, now);
    setBase(now);
    setValues(next);
    if (!saving.current && changedKeys(next, now).length > 0) setElsewhere(true);
  }, [now]);

  const changed = useMemo(() => changedKeys(values, base), [values, base]);
  useEffect(() => {
    if (changed.length === 0) setElsewhere(false);
  }, [changed]);
  const problems = useMemo(
    () => ({ ...takenProblems(values, known.profiles, own), ...schemaProblems(values) }),
    [values, known.profiles, own],
  );
  const touch = (key: FieldKey): void => setTouched((before) => (before.has(key) ? before : new Set([...before, key])));
  return {
    values,
    base,
    changed,
    problems,
    problem: (key) => (all || touched.has(key) ? problems[key] : undefined),
    set: useCallback((key, value) => {
      setValues((before) => ({ ...before, [key]: value }));
      touch(key);
    }, []),
    setModel(path) {
      const untouched = (key: FieldKey): boolean => !touched.has(key) && (own === null || values[key] === BLANK[key]);
      setValues((before) => withModel(before, path, known, untouched, own === null));
      touch('modelPath');
    },
    tellAll: useCallback(() => setAll(true), []),
    discard() {
      setValues(base);
      setTouched(new Set());
      setAll(false);
      setElsewhere(false);
    },
    elsewhere,
    saving,
  };
}

/** A new profile, with what follows from its model. */
function firstValues(model: string | null, known: Known): Values {
  if (model === null || model === '') return BLANK;
  const values = withModel(BLANK, model, known, () => true, true);
  return { ...values, name: suggestName(model, known.profiles) };
}
