/** Runs: one answer being generated inside the agent, watched by any number of surfaces. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { taskError, timestamp } from './common.js';
import { chat, chatMessage, inputPart, toolList } from './chats.js';
import { samplingDefaults } from './profiles.js';

export const RUN_STATES = ['waiting', 'generating', 'completed', 'stopped', 'interrupted', 'failed'] as const;
export const runState = z.enum(RUN_STATES);
export type RunState = z.output<typeof runState>;
/** States in which nothing more comes. */
export const FINAL_RUN_STATES: ReadonlySet<RunState> = new Set(['completed', 'stopped', 'interrupted', 'failed']);

export const run = wireObject(
  {
    id: z.string(),
    chatId: z.string(),
    /** The answer that is written. */
    messageId: z.string(),
    state: runState,
    /** How the answer began: anew, or behind what was there. `restarted`: it should have gone on, but the engine could only begin anew. */
    continued: z.enum(['new', 'partial', 'restarted']),
    /** Tries so far; from the second on, the engine failed before its first token. */
    attempt: z.int().min(1),
    model: z.string().nullable(),
    profileId: z.int().nullable(),
    profileName: z.string().nullable(),
    /** Messages left out because the context was too small. */
    trimmed: z.int().min(0),
    error: taskError.nullable(),
    startedAt: timestamp,
    endedAt: timestamp.nullable(),
  },
  { id: 'Run' },
);
export type Run = z.output<typeof run>;

const options = {
  /** For this answer, in place of the chat's. */
  model: z.string().min(1).max(200).optional(),
  profileId: z.int().positive().optional(),
  sampling: samplingDefaults.optional(),
  /** Whether a thinking model shall think; its own way when left out. */
  thinking: z.boolean().optional(),
  /** In place of the chat's: tools the model may call, in OpenAI's form. The answer ends with the calls; their results are sent as a message of `tool_result` parts. */
  tools: toolList.optional(),
};
/** A message, or the results of tools, and its answer. */
const send = wireObject(
  {
    kind: z.literal('send'),
    parts: z.array(inputPart).min(1).max(64),
    /** The message it follows; the end of the branch shown when left out, null for a new beginning. */
    parentId: z.string().max(64).nullable().optional(),
    ...options,
  },
  { strict: true },
);
/** Another wording of a user's message, and its answer. The old ones stay as a branch. */
const edit = wireObject(
  { kind: z.literal('edit'), messageId: z.string().max(64), parts: z.array(inputPart).min(1).max(64), ...options },
  { strict: true },
);
/** Another answer to the same; the last one when left out. The old one stays as a branch. */
const regenerate = wireObject({ kind: z.literal('regenerate'), messageId: z.string().max(64).optional(), ...options }, { strict: true });
/** Goes on behind an answer that was stopped, interrupted, cut by its length or broke off; the last one when left out. */
const resume = wireObject({ kind: z.literal('resume'), messageId: z.string().max(64).optional(), ...options }, { strict: true });
export const runCreate = z.union([send, edit, regenerate, resume]);
export type RunCreate = z.output<typeof runCreate>;

/** How long the conversation is that a model would read, were this said now. */
export const chatCount = wireObject(
  {
    /** Its branch shown is counted; null for a chat that is not there yet. */
    chatId: z.string().max(64).nullable().default(null),
    /** What would be said; nothing counts the conversation so far. */
    parts: z.array(inputPart).max(64).default([]),
    /** The message it would follow, as for a run: where a message is edited, the one before it. The end of the branch shown when left out. */
    parentId: z.string().max(64).nullable().optional(),
    /** Of a chat that is not there yet. */
    personaId: z.int().positive().nullable().default(null),
    systemPrompt: z.string().max(100_000).nullable().default(null),
    model: options.model,
    profileId: options.profileId,
    thinking: options.thinking,
    tools: options.tools,
  },
  { strict: true, id: 'ChatCount' },
);
export type ChatCount = z.output<typeof chatCount>;
export const chatTokens = wireObject(
  {
    /** System prompt, template and messages, all of them: what does not fit is left out only when it is sent. */
    tokens: z.int().min(0),
    /** Whether the model's own tokenizer counted all of it; pictures, films and a provider's models are estimated. */
    exact: z.boolean(),
    /** Tokens of the model's context; null when nobody knows. */
    contextLength: z.int().nullable(),
    profileId: z.int().nullable(),
    profileName: z.string().nullable(),
  },
  { id: 'ChatTokens' },
);
export type ChatTokens = z.output<typeof chatTokens>;

export const runIdParams = wireObject({ runId: z.string().min(1).max(64) });

/**
 * What the stream of a run carries. Ids are opaque: `Last-Event-ID` (or `last_event_id` in the query) goes on exactly behind that event. Without one everything comes from the
 * start. Text that was written before is sent in one piece. The stream ends behind `finished`.
 */
export const runEventPayloads = {
  /** First, and at each change of state: waiting for a model, generating, another try, messages trimmed. */
  run,
  /** The message that is answered, when the run wrote it down; and the answer as it was when the run began. */
  messages: wireObject({ messages: z.array(chatMessage) }),
  /** Text is added behind part `index` of the answer; a part of that type begins when there is none at that place. */
  delta: wireObject({ index: z.int().min(0), type: z.enum(['text', 'thinking']), text: z.string() }),
  /** The answer begins anew: what was written is gone (a retry, or `restarted`), or the parts as they are now, after tool calls. */
  parts: wireObject({ message: chatMessage }),
  /** Last: the run, the answer and its chat as they stay. */
  finished: wireObject({ run, message: chatMessage, chat }),
} as const;
export type RunEventType = keyof typeof runEventPayloads;
export type RunEvent = { [T in RunEventType]: { id: string; type: T; data: z.output<(typeof runEventPayloads)[T]> } }[RunEventType];
