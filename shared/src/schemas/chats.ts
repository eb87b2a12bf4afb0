/** Chats: conversations that the agent keeps, their messages as a tree of branches, and attachments. Durations are milliseconds. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { queryBoolean, queryInt, taskError, timestamp } from './common.js';
import { samplingDefaults } from './profiles.js';

/** Longest text of one part, characters. */
export const MAX_PART_CHARS = 2_000_000;

const attached = {
  attachmentId: z.string().min(1).max(64),
  /** File name as the user knows it. */
  name: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\p{Cc}]+$/u, 'may not hold control characters'),
  /** E.g. `image/png`. Source of the form: RFC 6838, section 4.2; RFC 9110, section 8.3.1. */
  mediaType: z
    .string()
    .max(127)
    .regex(
      /^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*(?:[ \t]*;[ \t]*[\w-]+=(?:[\w.+-]+|"[\w .+-]*"))*$/,
      'must look like image/png',
    ),
};

export const textPart = wireObject({ type: z.literal('text'), text: z.string().max(MAX_PART_CHARS) }, { id: 'TextPart' });
/** What a model thought before it answered. */
export const thinkingPart = wireObject(
  { type: z.literal('thinking'), text: z.string(), /** Null while it still thinks. */ durationMs: z.number().nullable() },
  { id: 'ThinkingPart' },
);
export const imagePart = wireObject({ type: z.literal('image'), ...attached }, { id: 'ImagePart' });
/** A text file is read to the model by its text; a video or sound by what its model takes. */
export const filePart = wireObject({ type: z.literal('file'), ...attached }, { id: 'FilePart' });
export const toolCallPart = wireObject(
  { type: z.literal('tool_call'), id: z.string(), name: z.string(), /** JSON text, as the model wrote it. */ arguments: z.string() },
  { id: 'ToolCallPart' },
);
export const toolResultPart = wireObject(
  { type: z.literal('tool_result'), toolCallId: z.string(), content: z.string().max(MAX_PART_CHARS), isError: z.boolean().default(false) },
  { id: 'ToolResultPart' },
);
export const messagePart = z.union([textPart, thinkingPart, imagePart, filePart, toolCallPart, toolResultPart]);
export type MessagePart = z.output<typeof messagePart>;
/** What a user, or a tool, may say. */
export const inputPart = z.union([textPart, imagePart, filePart, toolResultPart]);
export type InputPart = z.output<typeof inputPart>;

export const MESSAGE_STATUSES = ['complete', 'generating', 'stopped', 'interrupted', 'failed'] as const;
export const messageStatus = z.enum(MESSAGE_STATUSES);
export type MessageStatus = z.output<typeof messageStatus>;

/** How an answer went; what the engine did not tell and could not be counted is null. */
export const answerMetrics = wireObject(
  {
    promptTokens: z.int().nullable(),
    completionTokens: z.int().nullable(),
    cachedTokens: z.int().nullable(),
    reasoningTokens: z.int().nullable(),
    tokensPerSecond: z.number().nullable(),
    /** From the request to the first token, wait and load included. */
    firstTokenMs: z.number().nullable(),
    totalMs: z.number(),
    loadMs: z.number(),
    queueMs: z.number(),
    thinkingMs: z.number().nullable(),
    finishReason: z.string().nullable(),
  },
  { id: 'AnswerMetrics' },
);
export type AnswerMetrics = z.output<typeof answerMetrics>;

export const chatMessage = wireObject(
  {
    id: z.string(),
    chatId: z.string(),
    /** The message it follows; null at the start of a chat. */
    parentId: z.string().nullable(),
    role: z.enum(['user', 'assistant', 'tool']),
    parts: z.array(messagePart),
    status: messageStatus,
    error: taskError.nullable(),
    metrics: answerMetrics.nullable(),
    /** An answer's model, as it was asked for. */
    model: z.string().nullable(),
    /** Who answered; null for a provider, and where nobody did. */
    profileId: z.int().nullable(),
    profileName: z.string().nullable(),
    /** Messages of this chat that the model did not get to read, because its context was too small; the oldest ones. */
    trimmed: z.int().min(0),
    /** The run that makes or made it. */
    runId: z.string().nullable(),
    /** Messages that stand in the same place, this one among them, oldest first: branches made by edit and regenerate. */
    siblingIds: z.array(z.string()),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'ChatMessage' },
);
export type ChatMessage = z.output<typeof chatMessage>;

/** Tools a model may call, in OpenAI's form. */
export const toolList = z.array(z.record(z.string(), z.unknown())).max(128);

const tag = z.string().trim().min(1).max(40);
/** What the owner may set. */
const chatShape = {
  title: z.string().trim().min(1).max(200).nullable().default(null),
  /** Profile name, alias, hub id or `auto`; null asks the default profile. A profile's id stands over it. */
  model: z.string().min(1).max(200).nullable().default(null),
  profileId: z.int().positive().nullable().default(null),
  personaId: z.int().positive().nullable().default(null),
  /** Stands over the persona's, and over the profile's. */
  systemPrompt: z.string().max(100_000).nullable().default(null),
  sampling: samplingDefaults.default({}),
  /** Tools its answers may call, in OpenAI's form; a run's own stand over them. */
  tools: toolList.default([]),
  tags: z.array(tag).max(32).default([]),
  pinned: z.boolean().default(false),
};

export const chat = wireObject(
  {
    id: z.string(),
    ...chatShape,
    title: z.string(),
    /** Whether the owner gave the title. */
    titled: z.boolean(),
    /** Beginning of the last message's text. */
    preview: z.string(),
    /** Messages of the branch shown. */
    messageCount: z.int(),
    /** Last message of the branch shown. */
    headId: z.string().nullable(),
    /** Whose profile wrote the last answer of the branch shown; null where nobody did, or a provider. */
    answeredProfileId: z.int().nullable(),
    /** The run that writes in it now. */
    activeRunId: z.string().nullable(),
    createdAt: timestamp,
    /** Of the last message or change. */
    updatedAt: timestamp,
  },
  { id: 'Chat' },
);
export type Chat = z.output<typeof chat>;

/** A chat with the messages of the branch shown, in order. */
export const chatDetail = wireObject({ chat, messages: z.array(chatMessage) }, { id: 'ChatDetail' });
export type ChatDetail = z.output<typeof chatDetail>;

/** Where a search found its words. `ranges` are character places of `text`, start and end. */
export const chatMatch = wireObject(
  { /** Null when it is the title. */ messageId: z.string().nullable(), text: z.string(), ranges: z.array(z.tuple([z.int(), z.int()])) },
  { id: 'ChatMatch' },
);
export type ChatMatch = z.output<typeof chatMatch>;
export const chatHit = wireObject({ chat, match: chatMatch.nullable() }, { id: 'ChatHit' });
export type ChatHit = z.output<typeof chatHit>;

export const chatCreate = wireObject(chatShape, { strict: true, id: 'ChatCreate' });
export type ChatCreate = z.output<typeof chatCreate>;
/** `head_id` shows another branch: the newest end below that message. `title: null` lets the agent title it again. */
export const chatUpdate = wireObject(
  { ...partialShape(chatShape), headId: z.string().max(64).optional() },
  { strict: true, id: 'ChatUpdate' },
);
export type ChatUpdate = z.output<typeof chatUpdate>;

export const chatsQuery = wireObject(
  {
    /** Words in titles and messages; the last one may be unfinished. Answers are in the order of fit, else newest first, pinned ones on top. */
    search: z.string().max(500).optional(),
    tag: tag.optional(),
    pinned: queryBoolean.optional(),
    /** The chat's own; where it has none, that of its last answer. */
    profileId: queryInt(1, 1e15).optional(),
    limit: queryInt(1, 200).default(50),
    /** From the `Link: rel="next"` of the page before. */
    cursor: z.string().max(200).optional(),
  },
  { strict: true },
);
export type ChatsQuery = z.output<typeof chatsQuery>;

export const chatIdParams = wireObject({ chatId: z.string().min(1).max(64) });
export const chatTag = wireObject({ tag: z.string(), chats: z.int() }, { id: 'ChatTag' });
export type ChatTag = z.output<typeof chatTag>;

export const CHAT_EXPORT_FORMATS = ['markdown', 'json'] as const;
export type ChatExportFormat = (typeof CHAT_EXPORT_FORMATS)[number];
export const exportChatQuery = wireObject(
  { format: z.enum(CHAT_EXPORT_FORMATS).default('markdown'), /** Every branch; JSON only. */ branches: queryBoolean.optional() },
  { strict: true },
);

/** What an attachment may have at most, bytes: a short film, a long recording. */
export const MAX_ATTACHMENT_BYTES = 200 * 1024 * 1024;
/** A file that belongs to messages. Its bytes are at `/api/attachments/{id}`. */
export const attachment = wireObject(
  { id: z.string(), name: z.string(), mediaType: z.string(), bytes: z.int(), createdAt: timestamp },
  { id: 'Attachment' },
);
export type Attachment = z.output<typeof attachment>;
export const attachmentIdParams = wireObject({ attachmentId: z.string().min(1).max(64) });
export const attachmentQuery = wireObject({ name: attached.name, mediaType: attached.mediaType }, { strict: true });
