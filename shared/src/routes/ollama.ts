/** The listener for Ollama's clients. */
import * as s from '../schemas/index.js';
import { get, route } from './route.js';

export const ollamaRoutes = {
  ollamaStatus: route({
    ...get,
    path: '/api/ollama',
    tag: 'gateway',
    summary: 'Whether clients of Ollama are answered, at which address, and whether its port is free.',
    response: s.ollamaStatus,
  }),
} as const;
