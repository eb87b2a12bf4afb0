/** Everything that changes, announced once. `GET /api/events` carries it to every surface. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { apiKey } from './api-keys.js';
import { chat } from './chats.js';
import { downloadTask } from './downloads.js';
import { engine, installLine } from './engines.js';
import { poolStatus } from './pool.js';
import { profile } from './profiles.js';
import { persona, template } from './prompts.js';
import { provider } from './providers.js';
import { routingRule } from './routing.js';
import { alert, usage } from './requests.js';
import { run } from './runs.js';
import { server } from './servers.js';
import { settings } from './settings.js';
import { systemMemory } from './system.js';

/** Event type → what it carries. The word before the dot is the topic. */
export const eventPayloads = {
  'server.updated': server,
  'server.removed': wireObject({ profileId: z.int() }),
  'download.updated': downloadTask,
  'download.removed': wireObject({ taskId: z.string() }),
  'model.changed': wireObject({ modelId: z.string(), change: z.enum(['added', 'removed']) }),
  'engine.updated': engine,
  'engine.progress': installLine,
  'profile.created': profile,
  'profile.updated': profile,
  'profile.deleted': wireObject({ id: z.int(), name: z.string() }),
  'settings.updated': settings,
  'provider.updated': provider,
  'provider.removed': wireObject({ id: z.int(), name: z.string() }),
  /** All rules in their order: few, and the order is what they mean. */
  'routing.updated': wireObject({ rules: z.array(routingRule) }),
  /** Made, changed or revoked. Never with the secret. */
  'key.updated': apiKey,
  'memory.updated': systemMemory,
  /** At most a few a second, and only while somebody listens to the topic. */
  'pool.updated': poolStatus,
  /** Totals per server and key; at most every second, and only while somebody reads the topic. */
  'usage.updated': usage,
  'alert.raised': alert,
  'alert.cleared': alert,
  /** Made or changed: title, messages, branch. Not for each token. */
  'chat.updated': chat,
  'chat.removed': wireObject({ id: z.string() }),
  /** Begun, ended, or between. */
  'run.updated': run,
  'persona.updated': persona,
  'persona.removed': wireObject({ id: z.int(), name: z.string() }),
  'template.updated': template,
  'template.removed': wireObject({ id: z.int(), name: z.string() }),
  'agent.stopping': wireObject({ reason: z.string() }),
  /** The stream has a gap: fetch everything anew. */
  'stream.reset': wireObject({ reason: z.enum(['restarted', 'gap']) }),
} as const;

export type EventType = keyof typeof eventPayloads;
export const EVENT_TYPES = Object.keys(eventPayloads) as EventType[];
export type EventPayload<T extends EventType> = z.output<(typeof eventPayloads)[T]>;
/** One event as TypeScript code sees it. */
export type AgentEvent = { [T in EventType]: { id: string; type: T; data: EventPayload<T> } }[EventType];

export const EVENT_TOPICS = [
  'server',
  'download',
  'model',
  'engine',
  'profile',
  'settings',
  'provider',
  'routing',
  'key',
  'memory',
  'pool',
  'usage',
  'alert',
  'chat',
  'run',
  'persona',
  'template',
  'agent',
] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

/** `topics=server,download`; all when left out. */
export const eventsQuery = wireObject(
  {
    topics: z
      .string()
      .refine((list) => list.split(',').every((topic) => (EVENT_TOPICS as readonly string[]).includes(topic)), {
        message: `must be some of ${EVENT_TOPICS.join(', ')}`,
      })
      .optional(),
  },
  { strict: true },
);
