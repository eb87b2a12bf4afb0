/** The OpenAPI 3.1 document, made from the route table and its schemas. */
import { z } from 'zod';
import { errorBody, routes, VERSION, type Route } from '@mlx-manager/shared';
import { gatewayPaths } from './openapi-gateway.js';

type Json = Record<string, unknown>;

/** What each group of calls is about, in the order of the document. */
const TAGS: Readonly<Record<string, string>> = {
  gateway: 'One address for every client and every model: the protocols of OpenAI and Anthropic.',
  models: 'Models on the hub and on this machine.',
  downloads: 'Downloads under way.',
  engines: 'Engines and their installation.',
  profiles: 'Named configurations of one model on one engine.',
  servers: 'Engine processes.',
  logs: 'What servers and the agent write.',
  pool: 'Which models are in memory, and who waits for what.',
  chats: 'Conversations that the agent keeps, their branches and files.',
  runs: 'Answers being generated, whoever watches.',
  prompts: 'Personas and prompt templates.',
  requests: 'What was asked and how it went.',
  alerts: 'What needs the owner’s eye.',
  routing: 'Rules, and providers beyond this machine. Off by default.',
  keys: 'API keys of `/v1`.',
  system: 'The machine.',
  launchd: 'Starting at login.',
  settings: 'Settings.',
  agent: 'The agent itself.',
};

/** The one route outside `/api` and `/v1` that programs read. */
const METRICS: Json = {
  operationId: 'metrics',
  tags: ['requests'],
  summary: 'Counters and gauges for Prometheus. Without the token only on this machine, while the setting metrics_public is on.',
  security: [{ token: [] }, { session: [] }, {}],
  responses: {
    200: { description: 'Prometheus’s text format 0.0.4.', content: { 'text/plain': { schema: { type: 'string' } } } },
    401: { description: 'The token is missing.' },
  },
};

/** Builds the document. Costly (tens of milliseconds): build it once, when it is asked for. */
export function openapiDocument(): Json {
  const schemas: Json = {};
  const toJson = (schema: z.ZodType): Json =>
    hoist(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }), schemas);
  const error = { description: 'It did not work: what happened and what to do.', content: json(toJson(errorBody)) };
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const path = route.path.replace(/:(\w+)/g, (_, key: string) => `{${snake(key)}}`);
    (paths[path] ??= {})[route.method.toLowerCase()] = {
      operationId: name,
      tags: [route.tag],
      summary: route.summary,
      parameters: [...parameters(route.params, 'path', toJson), ...parameters(route.query, 'query', toJson)],
      ...(route.body && { requestBody: { required: true, content: json(toJson(route.body)) } }),
      ...(route.bytes && { requestBody: { required: true, content: { 'application/octet-stream': {} } } }),
      responses: { [route.status]: success(route, toJson), default: error },
      ...(name === 'health' && { security: [] }),
    };
  }
  Object.assign(paths, gatewayPaths(toJson));
  paths['/metrics'] = { get: METRICS };
  return {
    openapi: '3.1.0',
    info: {
      title: 'MLX Manager',
      version: VERSION,
      description:
        'The agent’s local API. `/api` manages and needs the token; `/v1` answers clients of OpenAI and Anthropic, and takes API keys.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of agent.json in the state folder.' },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, as OpenAI’s clients send it. Opens `/v1` only.' },
        xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same, as Anthropic’s clients send it.' },
        session: { type: 'apiKey', in: 'cookie', name: 'mlx_manager_session', description: 'Set by the link of `mlx-manager open`.' },
      },
    },
  };
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function success(route: Route, toJson: (schema: z.ZodType) => Json): Json {
  if (route.status === 204) return { description: 'Done.' };
  const events = { 'text/event-stream': { schema: { type: 'string', description: 'Server-sent events with JSON data.' } } };
  if (route.stream === 'only') return { description: 'OK', content: events };
  if (route.path === '/api/requests/export') {
    return {
      description: 'OK',
      content: { 'application/jsonl': { schema: { type: 'string' } }, 'text/csv': { schema: { type: 'string' } } },
    };
  }
  if (route.contentTypes) return { description: 'OK', content: Object.fromEntries(route.contentTypes.map((type) => [type, {}])) };
  const nextPage = {
    Link: { description: 'The next page, as <address>; rel="next". Missing on the last one.', schema: { type: 'string' } },
  };
  return {
    description: 'OK',
    ...(route.paged && { headers: nextPage }),
    content: { ...json(toJson(route.response)), ...(route.stream === 'also' && events) },
  };
}

function parameters(schema: z.ZodType | undefined, where: 'path' | 'query', toJson: (schema: z.ZodType) => Json): Json[] {
  if (!schema) return [];
  const object = toJson(schema) as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(object.properties ?? {}).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || (object.required ?? []).includes(name),
    schema: property,
  }));
}

/** zod puts named schemas under `$defs`; OpenAPI keeps them under `components/schemas`. */
function hoist(schema: Json, schemas: Json): Json {
  const { $defs, $schema: _dialect, ...rest } = rewrite(schema) as Json & { $defs?: Json };
  if ($defs) Object.assign(schemas, $defs);
  return rest;
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // A schema's own name; an entry called `id` is an object.
      .filter(([key, item]) => !(key === 'id' && typeof item === 'string') && key !== '~standard')
      .map(([key, item]) => [
        key,
        key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : rewrite(item),
      ]),
  );
}
