/** From a template to a question. */
import * as z from "zod";
import {
  AgentError,
  promptsExport,
  templateNeeds,
  type Client,
  type PromptsExport,
  type PromptsImported,
  type Template,
} from "@mlx-manager/shared";
import type { NewChat } from "./chat/session.js";
import { plural } from "./format.js";
import { preferences } from "./preferences.js";

/** A question with the chat it begins. */
export interface Prompt {
  readonly question: string;
  /** Its title names what was done to what: the question itself begins with the template's words. */
  readonly fresh: NewChat & { title: string };
}

/** What fills a template; null: there is none. */
export interface Values {
  readonly variables: Record<string, string>;
  readonly selection: string | null;
  readonly clipboard: string | null;
}

/** Who answers, in place of what the template says. */
export interface Choice {
  /** Profile name, alias or hub id; empty: the default one. */
  readonly model?: string;
  /** Name of a persona; empty: none. */
  readonly persona?: string;
}

/** Who answers where nobody was chosen. */
export const defaultModel = (): string | null => preferences().defaultProfile ?? null;

/** What must be filled in before the template can be used. */
export function missingOf(template: Template, { selection, clipboard }: Omit<Values, "variables">): string[] {
  const needs = templateNeeds(template.text);
  return [
    ...template.variables.filter(({ fallback }) => fallback === null).map(({ name }) => name),
    ...(needs.selection && selection === null ? ["selection"] : []),
    ...(needs.clipboard && clipboard === null ? ["clipboard"] : []),
  ];
}

/**
 * Fills a template in.
 * @throws AgentError of the agent; PERSONA_NOT_FOUND; Error when a place stays empty.
 */
export async function renderPrompt(
  client: Client,
  template: Template,
  values: Values,
  choice: Choice = {},
): Promise<Prompt> {
  const needs = templateNeeds(template.text);
  const body = {
    variables: values.variables,
    selection: needs.selection ? values.selection : null,
    // It may be large and is nobody's business where it is not asked for.
    clipboard: needs.clipboard ? values.clipboard : null,
  };
  const { text, missing } = await client.renderTemplate({ params: { id: template.id }, body });
  if (missing.length > 0) throw new Error(`Fill in first: ${missing.join(", ")}.`);
  const persona = choice.persona ?? template.persona ?? "";
  const model = (choice.model ?? template.model) || defaultModel();
  const personaId = persona === "" ? null : await personaNamed(client, persona);
  const about = [body.selection, ...Object.values(body.variables), body.clipboard].find((one) => one?.trim());
  return { question: text, fresh: { model, profileId: null, personaId, title: titleOf(template.name, about ?? "") } };
}

async function personaNamed(client: Client, name: string): Promise<number> {
  const wanted = name.toLowerCase();
  const found = (await client.listPersonas()).findLast((persona) => persona.name.toLowerCase() === wanted);
  if (!found) throw new AgentError("PERSONA_NOT_FOUND", { persona: name });
  return found.id;
}

/** @param about what it was done to. */
export function titleOf(name: string, about: string): string {
  const line = about.trim().replace(/\s+/g, " ");
  const short = line.length > 60 ? `${line.slice(0, 59).trimEnd()}…` : line;
  return short === "" ? name : `${name}: ${short}`;
}

/** A template of the product. @throws AgentError TEMPLATE_NOT_FOUND from an older agent. */
export async function builtinTemplate(client: Client, builtin: string): Promise<Template> {
  const found = (await client.listTemplates()).find((template) => template.builtin === builtin);
  if (!found) throw new AgentError("TEMPLATE_NOT_FOUND", { template: builtin });
  return found;
}

/** Own templates and personas as the text of a file. */
export const exportText = (prompts: PromptsExport): string =>
  `${JSON.stringify(z.encode(promptsExport, prompts), null, 2)}\n`;

/**
 * Reads the text of an exported file.
 * @throws Error that says what is wrong with it.
 */
export function readExport(text: string): PromptsExport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error("This is not JSON. Copy or choose what Export Prompts gave.", { cause: error });
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== "mlx-manager/prompts") throw new Error("This JSON holds no exported templates or personas.");
  const { data, error } = z.safeDecode(promptsExport, value as never);
  if (data) return data;
  const [issue] = error.issues;
  throw new Error(`It cannot be read at ${issue?.path.join(".") || "its beginning"}: ${issue?.message ?? "unknown"}.`);
}

/** What an import brought, in words. */
export function importedText({ personas, templates, unchanged }: PromptsImported): string {
  const words = [
    templates.length > 0 && plural(templates.length, "template"),
    personas.length > 0 && plural(personas.length, "persona"),
    unchanged > 0 && `${unchanged} here already`,
  ].filter((word) => word !== false);
  return words.join(", ") || "Nothing was in it";
}
