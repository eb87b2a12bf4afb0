/** /api/ollama */
import { routes } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

export function registerOllamaStatus({ http, ollama }: Pick<ApiDeps, 'http' | 'ollama'>): void {
  http.route(routes.ollamaStatus, () => ollama.status());
}
