/** What the agent has against a profile, at the field it concerns. No React in here. */
import { AgentError } from "@mlx-manager/shared";
import { fieldOf, type FieldName, type FormValues, type Problems } from "./form-values";

const FIELDS: Readonly<Record<string, FieldName>> = {
  PORT_TAKEN_BY_PROFILE: "port",
  PORT_IN_USE: "port",
  EXTRA_ARG_REFUSED: "extraArgs",
  ENGINE_UNKNOWN: "engine",
  ENGINE_CANNOT_SERVE: "engine",
};

/** The error at its fields; null for one that concerns none. */
export function fieldProblems(error: unknown, values: FormValues): Problems | null {
  if (!(error instanceof AgentError)) return null;
  const { code, details, message } = error;
  if (code === "INVALID_REQUEST") return invalidFields(details.problems, values);
  if (code === "PROFILE_NAME_TAKEN") {
    const isName = String(details.name).toLowerCase() === values.name.trim().toLowerCase();
    return { [isName ? "name" : "aliases"]: message };
  }
  if (code === "MODEL_PATH_REFUSED") return { [pathField(String(details.path), values)]: message };
  const field = FIELDS[code];
  return field ? { [field]: message } : null;
}

/** Which of the paths of a profile the agent refused. */
function pathField(path: string, values: FormValues): FieldName {
  if (path === values.chatTemplateFile.trim()) return "chatTemplateFile";
  const model = fieldOf(["model_path"], values) ?? "model";
  const typed = values[model];
  // The agent writes `~/x` out.
  if (typeof typed === "string" && (typed.trim() === path || path.endsWith(typed.trim().replace(/^~/, ""))))
    return model;
  return values.extraArgs.includes(path.split("/").at(-1) ?? path) ? "extraArgs" : model;
}

function invalidFields(problems: unknown, values: FormValues): Problems | null {
  if (!Array.isArray(problems)) return null;
  const found: Problems = {};
  for (const { field, problem } of problems as { field: string; problem: string }[]) {
    const name = fieldOf(field.split("."), values);
    if (name) found[name] = problem;
  }
  return Object.keys(found).length > 0 ? found : null;
}
