/** Connect a client: ready settings for the programs that can use the agent's models. */
import { openWebui, raycastAi } from './apps.js';
import { anthropicJavascript, anthropicPython, curl, openaiJavascript, openaiPython } from './code.js';
import { aider, claudeCode, codex, continueDev, opencode, zed } from './coding-agents.js';
import type { ConnectTarget, Guide } from './types.js';

export type { ConfigEdit, ConfigFile, ConfigLanguage, ConfigValue, ConnectTarget, Guide, GuideStep } from './types.js';
export { newFileText } from './values.js';

const CHAT = [
  claudeCode,
  codex,
  opencode,
  aider,
  continueDev,
  zed,
  openWebui,
  raycastAi,
  curl,
  openaiPython,
  openaiJavascript,
  anthropicPython,
  anthropicJavascript,
];
const EMBEDDINGS = [curl, openaiPython, openaiJavascript];

/**
 * How each client is connected, in the order they are shown. What a model cannot do is left out: embeddings have no chat clients, and models for sound and
 * pictures none of these.
 */
export function connectGuides(target: ConnectTarget): Guide[] {
  const origin = target.origin.replace(/\/+$/, '');
  const kind = target.kind ?? 'lm';
  const guides = kind === 'lm' || kind === 'multimodal' ? CHAT : kind === 'embeddings' ? EMBEDDINGS : [];
  return guides.map((guide) => guide({ ...target, origin }));
}
