/** The `/v1` part of the OpenAPI document. */
import { z } from 'zod';
import { chatCompletionRequest, completionRequest, embeddingsRequest, openaiError, openaiModel, openaiModels } from '@mlx-manager/shared';
import { messagesRequest, responsesRequest } from '../gateway/index.js';

type Json = Record<string, unknown>;
type ToJson = (schema: z.ZodType) => Json;

/** A key where the owner requires one, and from other machines; else none. The agent's token and a signed-in page do as well. */
const SECURITY: Json[] = [{ apiKey: [] }, { xApiKey: [] }, { token: [] }, { session: [] }, {}];

const anthropicError = z.object({
  type: z.literal('error'),
  error: z.looseObject({ type: z.string(), message: z.string() }),
});
/** What is passed on as it is: the protocol's own reference describes it. */
const anything = z.looseObject({});

const text: Json = { type: 'string' };
const whole: Json = { type: 'integer', minimum: 1 };
const file: Json = { type: 'string', contentMediaType: 'application/octet-stream' };
const bytes = (...types: string[]): Json => Object.fromEntries(types.map((type) => [type, { schema: {} }]));
const object = (properties: Json, required: string[]): Json => ({ type: 'object', properties, required, additionalProperties: true });

const TRANSCRIPTION = object(
  {
    file,
    model: text,
    language: text,
    prompt: text,
    response_format: { enum: ['json', 'text', 'srt', 'vtt', 'verbose_json'] },
    stream: { type: 'boolean' },
  },
  ['file'],
);
const SPEECH = object({ input: text, model: text, voice: text, response_format: text, speed: { type: 'number' } }, ['input']);
const picture: Json = { model: text, prompt: text, n: { ...whole, maximum: 10 }, size: text, seed: { type: 'integer' } };

const responseId = [{ name: 'id', in: 'path', required: true, schema: text }];

/** @param toJson makes a JSON schema of a zod schema. */
export function gatewayPaths(toJson: ToJson): Record<string, Json> {
  const answers = (error: z.ZodType, whose: string): Json => ({
    default: { description: `${whose} error object.`, content: json(toJson(error)) },
  });
  const openai = answers(openaiError, 'OpenAI’s');
  const anthropic = answers(anthropicError, 'Anthropic’s');
  const call = (operationId: string, summary: string, { content = json(toJson(anything)), errors = openai, ...more }: Call = {}): Json => ({
    operationId,
    tags: ['gateway'],
    summary,
    security: SECURITY,
    ...more,
    responses: { 200: { description: 'OK', content }, ...errors },
  });
  const body = (schema: z.ZodType): Json => ({ required: true, content: json(toJson(schema)) });
  const form = (schema: Json): Json => ({ required: true, content: { 'multipart/form-data': { schema } } });
  const streamed = {
    ...json(toJson(anything)),
    'text/event-stream': { schema: { type: 'string', description: 'The protocol’s own events.' } },
  };

  return {
    '/v1/models': { get: call('listV1Models', 'Profiles this caller may use, as models.', { content: json(toJson(openaiModels)) }) },
    '/v1/models/{model}': {
      get: call('getV1Model', 'One model, by profile name, alias or hub id (its slash as it is, or as %2F).', {
        content: json(toJson(openaiModel)),
        parameters: [{ name: 'model', in: 'path', required: true, schema: text }],
      }),
    },
    '/v1/chat/completions': {
      post: call('createChatCompletion', `Chat, streamed or whole. ${MODEL}`, {
        requestBody: body(chatCompletionRequest),
        content: streamed,
      }),
    },
    '/v1/completions': {
      post: call('createCompletion', 'Complete a text, streamed or whole.', { requestBody: body(completionRequest), content: streamed }),
    },
    '/v1/embeddings': { post: call('createEmbeddings', 'Embeddings of texts.', { requestBody: body(embeddingsRequest) }) },
    '/v1/responses': {
      post: call('createResponse', 'OpenAI’s Responses, on every model that chats, streamed or whole.', {
        requestBody: body(responsesRequest),
        content: streamed,
      }),
    },
    '/v1/responses/input_tokens': {
      post: call('countResponseTokens', 'Tokens of a Responses request.', { requestBody: body(responsesRequest) }),
    },
    '/v1/responses/{id}': {
      get: call('getResponse', 'A response of this caller that is still kept (in memory, for a while).', { parameters: responseId }),
      delete: call('deleteResponse', 'Forget a response.', { parameters: responseId }),
    },
    '/v1/responses/{id}/input_items': {
      get: call('listResponseInput', 'What a response answered.', {
        parameters: [
          ...responseId,
          { name: 'limit', in: 'query', schema: { ...whole, maximum: 100 } },
          { name: 'order', in: 'query', schema: { enum: ['asc', 'desc'] } },
          { name: 'after', in: 'query', schema: text },
        ],
      }),
    },
    '/v1/responses/{id}/cancel': {
      post: call('cancelResponse', 'Always refused: what is kept is complete. Close the connection to cancel.', { parameters: responseId }),
    },
    '/v1/messages': {
      post: call('createMessage', 'Anthropic’s messages, on every model that chats, streamed or whole.', {
        requestBody: body(messagesRequest),
        content: streamed,
        errors: anthropic,
      }),
    },
    '/v1/messages/count_tokens': {
      post: call('countMessageTokens', 'Tokens of a messages request. The header x-mlx-manager-count says when it is an estimate.', {
        requestBody: body(messagesRequest),
        content: json(toJson(z.object({ input_tokens: z.int() }))),
        errors: anthropic,
      }),
    },
    '/v1/audio/transcriptions': {
      post: call('createTranscription', 'Text of a recording.', {
        requestBody: form(TRANSCRIPTION),
        content: { ...streamed, 'text/plain': { schema: text } },
      }),
    },
    '/v1/audio/speech': {
      post: call('createSpeech', 'Speech of a text, where an engine offers it.', {
        requestBody: { required: true, content: json(SPEECH) },
        content: bytes('audio/mpeg', 'audio/wav', 'application/octet-stream'),
      }),
    },
    '/v1/images/generations': {
      post: call('createImage', 'Pictures of a text.', { requestBody: { required: true, content: json(object(picture, ['prompt'])) } }),
    },
    '/v1/images/edits': {
      post: call('editImage', 'A picture changed as a text says.', {
        requestBody: form(object({ ...picture, image: file }, ['image', 'prompt'])),
      }),
    },
  };
}

const MODEL = '`model` is a profile’s name, an alias, a hub id, or `auto`; it is loaded when it is not.';

interface Call {
  readonly content?: Json;
  readonly errors?: Json;
  readonly requestBody?: Json;
  readonly parameters?: readonly Json[];
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });
