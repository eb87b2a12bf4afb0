/** The listener for Ollama's clients. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { taskError } from './common.js';

export const ollamaStatus = wireObject(
  {
    /** The setting `ollama_enabled`. */
    enabled: z.boolean(),
    listening: z.boolean(),
    /** The setting `ollama_port`. */
    port: z.int(),
    /** What clients are given as Ollama's host; null while it does not listen. */
    url: z.string().nullable(),
    /** Whether the port is free, or ours already: it can be offered. */
    portFree: z.boolean(),
    /** Why it does not listen although it should. */
    error: taskError.nullable(),
  },
  { id: 'OllamaStatus' },
);
export type OllamaStatus = z.output<typeof ollamaStatus>;
