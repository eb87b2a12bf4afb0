/** Where each setting stands, and what else the search can lead to. Pure. */
import type { SettingKey } from '@mlx-manager/shared';
import type { SectionName } from './sections.js';

/** Settings that stand together, in the order they are shown. */
export interface SettingGroup {
  readonly id: string;
  readonly section: SectionName;
  readonly title: string;
  readonly hint?: string;
  readonly keys: readonly SettingKey[];
}

export const GROUPS = [
  { id: 'agent', section: 'general', title: 'When the agent ends', keys: ['keepServersRunning', 'preventSleep'] },
  { id: 'chats', section: 'general', title: 'Chats', keys: ['defaultProfileId', 'chatTitles'] },
  {
    id: 'memory',
    section: 'models',
    title: 'Memory',
    keys: ['maxMemoryPercent', 'maxMemoryGb', 'memoryEvictPercent', 'memoryRefusePercent', 'onDemand'],
  },
  {
    id: 'hub',
    section: 'models',
    title: 'Hub and folders',
    keys: ['hfEndpoint', 'huggingfaceCachePath', 'modelFolders', 'maxDownloads', 'downloadConnections'],
  },
  { id: 'servers', section: 'models', title: 'Servers', keys: ['startTimeout', 'healthCheckInterval', 'maxRestarts', 'defaultPortStart'] },
  { id: 'python', section: 'engines', title: 'Installing', keys: ['enginePython'] },
  { id: 'listen', section: 'network', title: 'This agent', keys: ['listenHost', 'requireApiKey', 'allowedHosts', 'allowedOrigins'] },
  { id: 'ollama', section: 'network', title: 'Ollama’s clients', keys: ['ollamaEnabled', 'ollamaPort', 'ollamaWrites'] },
  { id: 'routing', section: 'routing', title: 'Rules', keys: ['routingEnabled'] },
  { id: 'logs', section: 'logs', title: 'Logs', keys: ['logLevel', 'logMaxMb', 'logKeep'] },
  { id: 'requests', section: 'logs', title: 'Measured requests', keys: ['requestRetentionDays', 'requestMaxRows', 'captureRequests'] },
  { id: 'alerts', section: 'logs', title: 'Alerts', keys: ['alertFirstTokenMs', 'alertErrorPercent'] },
  { id: 'telemetry', section: 'logs', title: 'Other tools', keys: ['metricsPublic', 'otelEndpoint'] },
  {
    id: 'menu-bar',
    section: 'menu-bar',
    title: 'Menu bar app',
    keys: ['trayTitle', 'notifications', 'quickChatShortcut', 'askOnQuit'],
  },
] as const satisfies readonly SettingGroup[];
export type GroupId = (typeof GROUPS)[number]['id'];

/** What else can be found: things of the page that are no setting of the agent. */
export interface Place {
  readonly id: string;
  readonly section: SectionName;
  readonly label: string;
  readonly hint: string;
  readonly words?: string;
}

export const PLACES: readonly Place[] = [
  { id: 'theme', section: 'general', label: 'Theme', hint: 'Light, dark, or like the system.', words: 'appearance dark mode' },
  { id: 'login', section: 'general', label: 'Start at login', hint: 'Lets macOS start the agent.', words: 'launchd launch autostart' },
  {
    id: 'hfToken',
    section: 'models',
    label: 'Hub token',
    hint: 'For models behind a license and private ones.',
    words: 'hugging face hf secret',
  },
  {
    id: 'groups',
    section: 'models',
    label: 'Groups of profiles',
    hint: 'Which models may be loaded together.',
    words: 'pool exclusive swap',
  },
  {
    id: 'engines',
    section: 'engines',
    label: 'Installed engines',
    hint: 'Install, upgrade, repair and remove them.',
    words: 'mlx-lm mlx-vlm vllm whisper version update',
  },
  { id: 'keys', section: 'keys', label: 'API keys', hint: 'Make, limit and revoke keys.', words: 'authentication client token' },
  { id: 'rules', section: 'routing', label: 'Routing rules', hint: 'Make, order and try them.', words: 'fallback tester cloud' },
  { id: 'providers', section: 'providers', label: 'Providers', hint: 'Services elsewhere.', words: 'openai anthropic cloud api' },
  { id: 'personas', section: 'prompts', label: 'Personas', hint: 'System prompts for chats.', words: 'system prompt character' },
  { id: 'templates', section: 'prompts', label: 'Templates', hint: 'Texts with blanks to fill in.', words: 'prompt snippet' },
  {
    id: 'forget',
    section: 'logs',
    label: 'Forget all measured requests',
    hint: 'Deletes times, prompts and answers.',
    words: 'delete clear privacy history',
  },
  { id: 'keyboard', section: 'menu-bar', label: 'Shortcuts of this window', hint: 'All of its keys.', words: 'keyboard hotkeys' },
  { id: 'version', section: 'about', label: 'Version and address', hint: 'Of the agent.', words: 'uptime pid folder state memory' },
  { id: 'link', section: 'about', label: 'Sign-in link', hint: 'Signs another browser in, once.', words: 'login session url' },
  {
    id: 'diagnostics',
    section: 'about',
    label: 'Diagnostics',
    hint: 'Versions and machine, to be put into a report.',
    words: 'bug support',
  },
  { id: 'stop', section: 'about', label: 'Stop the agent', hint: 'Ends it.', words: 'quit shutdown exit' },
];

/** The section of a setting. */
export const sectionOfKey = (key: SettingKey): SectionName =>
  (GROUPS as readonly SettingGroup[]).find(({ keys }) => keys.includes(key))?.section ?? 'general';
