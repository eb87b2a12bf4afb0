/** What to do about an error, for somebody in front of this window. */
import { adviceOnScreen, API_CALL, type ErrorCode } from '@mlx-manager/shared';

const GONE = 'It was deleted meanwhile.';
const DOWNLOAD = 'Download it on the page Models.';
const START = 'Start it on the page Servers.';

/** What only a program does, or is a page away: of the command only what the window cannot do itself is left, to start the agent and to sign in. */
const NOT_HERE = new RegExp(`${API_CALL.source}|Authorization: Bearer|mlx-manager (?:pull|run|search|logs|keys)`);

/** In place of such advice. */
const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  UNAUTHORIZED: 'Sign this browser in again. In a terminal, in the folder of MLX Manager: npx mlx-manager open',
  NOT_FOUND: 'Reload the page: it may be from another version.',
  MODEL_NOT_LOCAL: DOWNLOAD,
  MODEL_NOT_DOWNLOADED: DOWNLOAD,
  MODEL_NOT_HERE: DOWNLOAD,
  MODEL_INCOMPLETE: 'Resume it on the page Models, Downloaded.',
  NO_MODEL: 'Find one on the page Models.',
  SERVER_NOT_RUNNING: START,
  MODEL_NOT_RUNNING: START,
  ENGINE_UNREACHABLE: 'Its log on the page Logs says why. Restart it if it does not come back by itself.',
  ENGINE_STREAM_BROKEN: 'Ask again. Its log on the page Logs says why.',
  INVALID_API_KEY: 'Use another one, or make one in Settings, API keys.',
  API_KEY_NOT_FOUND: GONE,
  DOWNLOAD_NOT_FOUND: GONE,
  DOWNLOAD_STATE: 'Start it again on the page Models if you want the model.',
  ENGINE_NOT_INSTALLED: 'Install it in Settings, Engines.',
  ENGINE_BUSY: 'Wait until it is done; Settings, Engines shows how far it is.',
  PROFILE_NOT_FOUND: 'It was deleted meanwhile. Choose another one.',
  PORT_TAKEN_BY_PROFILE: 'Take another port.',
  PORT_IN_USE: 'Take another port, or end that program.',
  GROUP_CONFLICT: 'Stop or unpin what it may not be loaded beside, or change the group in Settings, Models & memory.',
  GROUP_NOT_FOUND: GONE,
  UNKNOWN_MODEL: 'Choose one that is here.',
  PROVIDER_NOT_FOUND: GONE,
  PROVIDER_CANNOT_ANSWER: 'Point the routing rule at another provider or model, in Settings, Routing.',
  PROVIDER_UNREACHABLE: 'Check its address and the network. The test in Settings, Providers says what happens.',
  PROVIDER_KEY_REJECTED: 'Set a key that is good for it, in Settings, Providers.',
  ROUTING_RULE_NOT_FOUND: GONE,
  MODEL_NOT_ALLOWED: 'Use another model, or change the models of the key in Settings, API keys.',
  RATE_LIMIT_EXCEEDED: 'Try again in a moment, or raise the limit in Settings, API keys.',
  REQUEST_NOT_FOUND: 'How long requests are kept is set in Settings, Logs & measuring.',
  RUN_NOT_FOUND: 'Ask again.',
  RUN_IN_PROGRESS: 'Wait for its end, or stop it.',
  CHAT_NOT_FOUND: GONE,
  MESSAGE_NOT_FOUND: GONE,
  PERSONA_NOT_FOUND: GONE,
  TEMPLATE_NOT_FOUND: GONE,
  PROMPT_BUILTIN: 'Duplicate it under another name and change that one.',
  MODEL_LACKS_ABILITY: 'Take it out of the message, or use a model that can.',
  MODEL_SHARED: 'Give those profiles another model first.',
  OLLAMA_NOT_OFFERED: 'Make a profile on the page Profiles.',
};

/**
 * @param code of the error; null where only its words are known.
 * @param action what the agent advises; it stays where nothing better is known.
 */
export const adviceFor = (code: string | null, action: string): string =>
  adviceOnScreen(action, code !== null && Object.hasOwn(ADVICE, code) ? ADVICE[code as ErrorCode] : undefined, NOT_HERE) || action;
