/** What a route of the table says. */
import type * as z from 'zod';
import { engine, engineIdParams, noContent } from '../schemas/index.js';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's form: `/api/profiles/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Bytes of the body at most, where that is not the agent's common limit. */
  readonly bodyLimit?: number;
  readonly response: z.ZodType;
  /** The body is the bytes of a file, of any content type. */
  readonly bytes?: true;
  /** Types of a success's body, where that is not JSON. */
  readonly contentTypes?: readonly string[];
  /** Status of a success. */
  readonly status: number;
  /** Server-sent events: `only`, or `also`, where `Accept: text/event-stream` asks for them. */
  readonly stream?: 'only' | 'also';
  /** The next page is named by the Link header. */
  readonly paged?: boolean;
}

/** Keeps a route's exact type. */
export const route = <const R extends Route>(definition: R): R => definition;
export const get = { method: 'GET', status: 200 } as const;
export const post = { method: 'POST', status: 200 } as const;
export const remove = { method: 'DELETE', status: 204, response: noContent } as const;
export const engineStarted = { ...post, status: 202, params: engineIdParams, response: engine } as const;
