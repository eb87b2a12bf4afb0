/** The tools of a request: what the engine is shown of them, and whose a call is when it comes back. */
import { AgentError, invalidRequest } from '@mlx-manager/shared';
import type { z } from 'zod';
import { customTool, functionTool, namespaceTool, type Tool, type ToolChoice } from './schema.js';

/** A tool as the client knows it. */
export interface ToolIdentity {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly namespace: string | null;
}

type ChatTool = {
  type: 'function';
  function: { name: string; description?: string; parameters: unknown; strict?: boolean };
};

/** What the tools of a chat request say. */
export interface ToolFields {
  readonly tools?: ChatTool[];
  readonly tool_choice?: 'auto' | 'required' | { type: 'function'; function: { name: string } };
}

/** The one argument of a custom tool's function. */
const INPUT = 'input';

export class ToolBook {
  readonly #identities = new Map<string, ToolIdentity>();
  readonly #tools: ChatTool[] = [];

  /**
   * @param warnings told of each tool that is left out.
   * @throws AgentError INVALID_REQUEST when a known tool lacks what it needs.
   */
  constructor(tools: readonly Tool[], warnings: string[]) {
    for (const tool of tools) this.#add(tool, null, warnings);
  }

  /** Whose a call is by the name the model gave. A name of no tool is taken as a function's: the client refuses it aloud. */
  identity(chatName: string): ToolIdentity {
    const known = this.#identities.get(chatName);
    if (known) return known;
    // Small models leave the namespace out.
    const bare = [...this.#identities.values()].filter(({ name }) => name === chatName);
    return bare.length === 1 && bare[0] ? bare[0] : { kind: 'function', name: chatName, namespace: null };
  }

  /** What the engine is told of the tools, with the client's choice among them. */
  fields(choice: ToolChoice | null | undefined, warnings: string[]): ToolFields {
    // Engines that know no tool_choice would call all the same: a model that must not, or only some, is not shown the others.
    if (choice === 'none') return {};
    if (typeof choice !== 'object' || choice === null) return this.#shown(() => true, choice === 'required' ? 'required' : 'auto');
    if (choice.type === 'allowed_tools') {
      const allowed = new Set((choice.tools ?? []).map((one) => one.name));
      return this.#shown(
        ({ name, namespace }) => allowed.has(name) || allowed.has(namespace),
        choice.mode === 'required' ? 'required' : 'auto',
      );
    }
    if (choice.type !== 'function' && choice.type !== 'custom') {
      warnings.push(`The choice of the hosted tool ${choice.type.slice(0, 64)} was left out.`);
      return this.#shown(() => true, 'auto');
    }
    const wanted = choice.namespace ?? null;
    const forced = this.#shown(({ name, namespace }) => name === choice.name && (wanted === null || namespace === wanted), 'required');
    const first = forced.tools?.[0];
    if (!first) throw new AgentError('INVALID_REQUEST', { problem: `body.tool_choice: no tool is named ${String(choice.name)}` });
    return { tools: [first], tool_choice: { type: 'function', function: { name: first.function.name } } };
  }

  #shown(fits: (identity: ToolIdentity) => boolean, choice: 'auto' | 'required'): ToolFields {
    const tools = this.#tools.filter((tool) => fits(this.identity(tool.function.name)));
    // A choice without tools is refused by some engines.
    return tools.length === 0 ? {} : { tools, tool_choice: choice };
  }

  #add(tool: Tool, namespace: string | null, warnings: string[]): void {
    switch (tool.type) {
      case 'function': {
        const { name, description, parameters, strict } = parse(functionTool, tool);
        this.#put({ kind: 'function', name, namespace }, description ?? '', parameters ?? { type: 'object', properties: {} }, strict);
        break;
      }
      case 'custom': {
        const { name, description, format } = parse(customTool, tool);
        const rule = format?.definition ? `\n\nIt must follow this ${format.syntax ?? 'given'} grammar:\n${format.definition}` : '';
        const how = `Put the whole raw text of the tool’s input, unchanged, into the argument "${INPUT}".${rule}`;
        this.#put({ kind: 'custom', name, namespace }, description ? `${description}\n\n${how}` : how, {
          type: 'object',
          properties: { [INPUT]: { type: 'string', description: 'The raw input of the tool.' } },
          required: [INPUT],
          additionalProperties: false,
        });
        break;
      }
      case 'namespace': {
        // Codex sends the tools of each MCP server so; engines know functions only.
        const inner = parse(namespaceTool, tool);
        for (const one of inner.tools) this.#add(one, inner.name, warnings);
        break;
      }
      default:
        warnings.push(`The tool ${tool.type.slice(0, 64)} runs on OpenAI’s servers or is not known here, and was left out.`);
    }
  }

  #put(identity: ToolIdentity, description: string, parameters: unknown, strict?: boolean | null): void {
    const name = chatName(identity);
    if (this.#identities.has(name)) return; // the first of a name stands, as in every list of tools
    this.#identities.set(name, identity);
    this.#tools.push({
      type: 'function',
      function: { name, ...(description !== '' && { description }), parameters, ...(typeof strict === 'boolean' && { strict }) },
    });
  }
}

/** The name under which the engine knows a tool. */
export function chatName({ name, namespace }: Pick<ToolIdentity, 'name' | 'namespace'>): string {
  if (namespace === null) return name;
  return `${namespace}${namespace.endsWith('__') ? '' : '__'}${name}`;
}

/** The raw input of a custom tool as the arguments of its function. */
export const customArguments = (input: string): string => JSON.stringify({ [INPUT]: input });

/** The raw input behind the arguments that a model wrote; it may have chosen another name for the one argument, or none at all. */
export function customInput(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text; // raw text, as the tool itself wants it
  }
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return text;
  const object = value as Record<string, unknown>;
  if (typeof object[INPUT] === 'string') return object[INPUT];
  const strings = Object.values(object).filter((one) => typeof one === 'string');
  if (strings.length === 1 && strings[0] !== undefined) return strings[0];
  return Object.keys(object).length === 0 ? '' : text;
}

function parse<S extends z.ZodType>(schema: S, value: Tool): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error, `body.tools (${value.type})`);
}
