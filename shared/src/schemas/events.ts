/** Everything that changes, announced once. `GET /api/events` carries it to every surface. */
import { z } from 'zod';
import { wireObject } from '../wire.js';
import { downloadTask } from './downloads.js';
import { engine, installLine } from './engines.js';
import { profile } from './profiles.js';
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
  'memory.updated': systemMemory,
  'agent.stopping': wireObject({ reason: z.string() }),
  /** The stream has a gap: fetch everything anew. */
  'stream.reset': wireObject({ reason: z.enum(['restarted', 'gap']) }),
} as const;

export type EventType = keyof typeof eventPayloads;
export const EVENT_TYPES = Object.keys(eventPayloads) as EventType[];
export type EventPayload<T extends EventType> = z.output<(typeof eventPayloads)[T]>;
/** One event as TypeScript code sees it. */
export type AgentEvent = { [T in EventType]: { id: string; type: T; data: EventPayload<T> } }[EventType];

export const EVENT_TOPICS = ['server', 'download', 'model', 'engine', 'profile', 'settings', 'memory', 'agent'] as const;
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
