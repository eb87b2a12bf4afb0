/** The state of the form: what is typed, what follows from it, what is wrong with it. */
import { useMemo, useRef, useState } from "react";
import type { Engine, LocalModel, ModelType, Profile } from "@mlx-manager/shared";
import { useAgent } from "../../hooks/use-agent";
import {
  ADVANCED_FIELDS,
  blankValues,
  engineOf,
  knows,
  localModelOf,
  OTHER_MODEL,
  problemsOf,
  SAMPLING_FIELDS,
  valuesOf,
  type FieldName,
  type FormValues,
  type Problems,
} from "./form-values";
import { namesOf, suggestName } from "./names";

/** What the form is for. */
export type Purpose =
  | { kind: "create"; modelPath?: string | undefined }
  | { kind: "edit"; profile: Profile }
  | { kind: "duplicate"; profile: Profile };

/** What the form chooses from. */
export interface Choices {
  readonly profiles: readonly Profile[];
  readonly engines: readonly Engine[];
  readonly models: readonly LocalModel[];
  readonly nextPort: number;
}

export interface ProfileFormState {
  /** With what follows from the model where nothing was typed. */
  values: FormValues;
  choices: Choices | undefined;
  engine: Engine | undefined;
  model: LocalModel | undefined;
  isLoading: boolean;
  /** Why the choices are not here. */
  error: Error | undefined;
  retry: () => unknown;
  /** Of the field, once it was touched or everything was to be saved. */
  problem(field: FieldName): string | undefined;
  set<F extends FieldName>(field: F, value: FormValues[F]): void;
  /** Marks a field as one whose problem may be told. */
  touch(field: FieldName): void;
  /** Whether a field is on the screen. */
  shows(field: FieldName): boolean;
  /** Tells all problems, opens what hides one, and answers the first field with one. */
  check(): FieldName | undefined;
  /** Shows what the agent has against fields, until they are changed. */
  blame(problems: Problems): void;
}

export function useProfileForm(purpose: Purpose, draftValues?: Partial<FormValues>): ProfileFormState {
  const { data, isLoading, error, revalidate } = useAgent(
    "profile-form",
    async (client, signal): Promise<Choices> => {
      const [profiles, engines, models, { port }] = await Promise.all([
        client.listProfiles({ signal }),
        client.listEngines({ signal }),
        client.listLocalModels({ signal }),
        client.nextPort({ signal }),
      ]);
      return { profiles, engines, models: models.filter(({ complete }) => complete), nextPort: port };
    },
    { topics: ["profile", "engine", "model"] },
  );
  const source = purpose.kind === "create" ? undefined : purpose.profile;
  const [typed, setTyped] = useState<Partial<FormValues>>(() => firstValues(purpose, draftValues));
  const [touched, setTouched] = useState<ReadonlySet<FieldName>>(new Set());
  const [refused, setRefused] = useState<Problems>({});
  const first = useRef<FormValues>(source ? valuesOf(source) : blankValues());

  const values = useMemo(() => {
    const before: FormValues = { ...first.current, ...typed };
    const model = typed.model ?? (source ? before.model : chooseModel(data));
    const chosen = { ...before, model };
    const local = localModelOf(chosen, data?.models ?? []);
    const modelType =
      typed.modelType ?? (local && model !== source?.modelPath ? local.characteristics.modelType : before.modelType);
    const path = model === OTHER_MODEL ? chosen.modelText.trim() : model;
    const isNew = purpose.kind !== "edit";
    const taken = namesOf(data?.profiles ?? []);
    const name = typed.name ?? (isNew && data ? suggestName(source?.name ?? path, taken) : before.name);
    const port = typed.port ?? (isNew ? String(data?.nextPort ?? "") : before.port);
    const aliases = typed.aliases ?? (purpose.kind === "duplicate" ? "" : before.aliases);
    return { ...chosen, modelType, name, port, aliases };
  }, [typed, data, source, purpose.kind]);

  const engine = engineOf(values, data?.engines ?? []);
  const shows = (field: FieldName): boolean => {
    if (!knows(engine, field)) return false;
    if ((SAMPLING_FIELDS as readonly FieldName[]).includes(field)) return values.showSampling;
    if ((ADVANCED_FIELDS as readonly FieldName[]).includes(field)) return values.showAdvanced;
    if (field === "modelText") return values.model === OTHER_MODEL;
    if (field === "modelType") return values.model === OTHER_MODEL || values.showAdvanced;
    if (field === "port") return values.exposePort || source?.launchdInstalled === true;
    return true;
  };
  const problems: Problems = { ...problemsOf(values), ...takenProblems(values, data, purpose), ...refused };
  if (values.model === "") problems.model = "Choose a model";
  if (!shows("port")) delete problems.port;

  return {
    values,
    choices: data,
    engine,
    model: localModelOf(values, data?.models ?? []),
    isLoading,
    error,
    retry: revalidate,
    problem: (field) => (touched.has(field) || refused[field] ? problems[field] : undefined),
    set(field, value) {
      setTyped((before) => ({ ...before, [field]: value, ...follow(field, value, values.engine, data) }));
      setTouched((before) => (before.has(field) ? before : new Set([...before, field])));
      setRefused((before) => Object.fromEntries(Object.entries(before).filter(([name]) => name !== field)));
    },
    touch: (field) => setTouched((before) => (before.has(field) ? before : new Set([...before, field]))),
    shows,
    check() {
      const broken = (Object.keys(problems) as FieldName[]).filter((field) => problems[field] && isSent(field, engine));
      setTouched(new Set(Object.keys(values) as FieldName[]));
      open(broken);
      return broken[0];
    },
    blame(found) {
      setRefused(found);
      open(Object.keys(found) as FieldName[]);
    },
  };

  /** Opens the parts of the form in which these fields are. */
  function open(fields: readonly FieldName[]): void {
    const inside = (names: readonly string[]): boolean => fields.some((field) => names.includes(field));
    setTyped((before) => ({
      ...before,
      ...(inside(SAMPLING_FIELDS) && { showSampling: true }),
      ...(inside(ADVANCED_FIELDS) && { showAdvanced: true }),
    }));
  }
}

/** What an engine cannot be told is not sent, so nothing can be wrong with it. */
const isSent = (field: FieldName, engine: Engine | undefined): boolean => knows(engine, field);

function firstValues(purpose: Purpose, draftValues: Partial<FormValues> = {}): Partial<FormValues> {
  const known = blankValues();
  // Of a draft only what the form still has, and what was typed: the rest follows from the model again.
  const typed = Object.entries(draftValues)
    .map(([field, value]) => [field, Array.isArray(value) ? (value[0] ?? "") : value] as const)
    .filter(([field, value]) => field in known && typeof value === typeof known[field as FieldName] && value !== "");
  const prefilled = purpose.kind === "create" && purpose.modelPath ? { model: purpose.modelPath } : {};
  return { ...(Object.fromEntries(typed) as Partial<FormValues>), ...prefilled };
}

/** The first model that is here; one to type where there is none. Nothing before that is known. */
const chooseModel = (choices: Choices | undefined): string =>
  choices ? (choices.models[0]?.modelId ?? OTHER_MODEL) : "";

/** What other fields become by a change: an engine that cannot run the new model's kind gives way to the default one. */
function follow(field: FieldName, value: unknown, engineId: string, choices: Choices | undefined): Partial<FormValues> {
  if (field !== "model" && field !== "modelType") return {};
  const modelType =
    field === "modelType"
      ? (value as ModelType)
      : choices?.models.find(({ modelId }) => modelId === value)?.characteristics.modelType;
  if (modelType === undefined) return {};
  const able = choices?.engines.find(({ id }) => id === engineId)?.capabilities.modelTypes.includes(modelType);
  return { modelType, ...(able !== true && { engine: "" }) };
}

/** What the agent would refuse because another profile has it. */
function takenProblems(values: FormValues, choices: Choices | undefined, purpose: Purpose): Problems {
  if (!choices) return {};
  const own = purpose.kind === "edit" ? purpose.profile.id : undefined;
  const taken = namesOf(choices.profiles, own);
  const problems: Problems = {};
  const alias = values.aliases.split(/[,\s]+/).find((one) => one !== "" && taken.has(one.toLowerCase()));
  if (taken.has(values.name.trim().toLowerCase())) problems.name = "There is a profile or alias of this name already";
  if (alias !== undefined) problems.aliases = `There is a profile or alias named ${alias} already`;
  const holder = choices.profiles.find(({ id, port }) => id !== own && String(port) === values.port.trim());
  if (holder) problems.port = `The port belongs to ${holder.name}`;
  return problems;
}
