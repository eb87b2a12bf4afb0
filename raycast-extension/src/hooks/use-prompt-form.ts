/** The state of a form of texts that is checked while one types. */
import { useState } from "react";
import { AgentError, toCamelCase } from "@mlx-manager/shared";
import { inWords, type Issue } from "../components/profiles/in-words";
import { failed } from "../lib/feedback";

export type Problems<F extends string> = Partial<Record<F, string>>;

export interface PromptForm<F extends string> {
  values: Record<F, string>;
  /** The properties of a text field. */
  field: (name: F) => {
    id: F;
    value: string;
    error: string | undefined;
    onChange: (value: string) => void;
    onBlur: () => void;
  };
  /** Saves when nothing is wrong; what the agent has against the name is said at its field. */
  submit: (failure: string, save: () => Promise<void>) => Promise<void>;
}

/** @param check what is wrong with the values. Told of a field once it was changed or left, of all when it is to be saved. */
export function usePromptForm<F extends string>(
  initial: Record<F, string>,
  check: (values: Record<F, string>) => Problems<F>,
): PromptForm<F> {
  const [values, setValues] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<F>>(new Set());
  const [refused, setRefused] = useState<Problems<F>>({});
  const problems = check(values);
  const touch = (name: F): void => setTouched((before) => (before.has(name) ? before : new Set([...before, name])));
  return {
    values,
    field: (name) => ({
      id: name,
      value: values[name],
      error: refused[name] ?? (touched.has(name) ? problems[name] : undefined),
      onChange: (value) => {
        if (value === values[name]) return;
        setValues((before) => ({ ...before, [name]: value }));
        setRefused((before) => ({ ...before, [name]: undefined }));
        touch(name);
      },
      onBlur: () => touch(name),
    }),
    async submit(failure, save) {
      setTouched(new Set(Object.keys(initial) as F[]));
      if (Object.values(problems).some((problem) => problem !== undefined)) return;
      try {
        await save();
      } catch (error) {
        if (error instanceof AgentError && error.code.endsWith("_NAME_TAKEN"))
          return setRefused({ name: error.message } as Problems<F>);
        await failed(failure, error);
      }
    },
  };
}

/** What a schema of the contract has against a value, a sentence per field. @param schema such as `templateCreate`. */
export function problemsOf<F extends string>(
  schema: { safeEncode(value: never): { error?: { issues: readonly Issue[] } | undefined } },
  value: object,
): Problems<F> {
  const { error } = schema.safeEncode(value as never);
  const problems: Record<string, string> = {};
  for (const issue of error?.issues ?? []) {
    const name = String(issue.path.at(-1) ?? "");
    problems[toCamelCase(name)] ??= inWords(issue);
  }
  return problems as Problems<F>;
}
