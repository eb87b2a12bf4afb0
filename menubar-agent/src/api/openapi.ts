/** The OpenAPI 3.1 document, made from the route table and its schemas. */
import { z } from 'zod';
import {
  chatCompletionRequest,
  completionRequest,
  embeddingsRequest,
  errorBody,
  openaiError,
  openaiModel,
  openaiModels,
  routes,
  VERSION,
  type Route,
} from '@mlx-manager/shared';

type Json = Record<string, unknown>;

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
      responses: { [route.status]: success(route, toJson), default: error },
      ...(name === 'health' && { security: [] }),
    };
  }
  const openai = { description: 'OpenAI’s error object.', content: json(toJson(openaiError)) };
  const v1 = (summary: string, response: z.ZodType, more: Json = {}): Json => ({
    tags: ['gateway'],
    summary,
    security: [],
    ...more,
    responses: { 200: { description: 'OK', content: json(toJson(response)) }, default: openai },
  });
  paths['/v1/models'] = { get: v1('Profiles as OpenAI models.', openaiModels) };
  paths['/v1/models/{model}'] = {
    get: v1('One model.', openaiModel, { parameters: [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }] }),
  };
  paths['/v1/chat/completions'] = {
    post: v1('Chat with a running profile, streamed or whole. `model` is a profile’s name, an alias or a hub id.', z.looseObject({}), {
      requestBody: { required: true, content: json(toJson(chatCompletionRequest)) },
    }),
  };
  paths['/v1/completions'] = {
    post: v1('Complete a text, streamed or whole.', z.looseObject({}), {
      requestBody: { required: true, content: json(toJson(completionRequest)) },
    }),
  };
  paths['/v1/embeddings'] = {
    post: v1('Embeddings of texts.', z.looseObject({}), { requestBody: { required: true, content: json(toJson(embeddingsRequest)) } }),
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'MLX Manager',
      version: VERSION,
      description: 'The agent’s local API. `/api` manages, `/v1` answers OpenAI clients.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of agent.json in the state folder.' },
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
