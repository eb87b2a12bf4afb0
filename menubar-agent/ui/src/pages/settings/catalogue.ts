/** Every setting of the agent: what it does, when it counts, how it must look. Pure. */
import type { SettingKey } from '@mlx-manager/shared';

export interface SettingEntry {
  readonly label: string;
  /** What it does, in one or two sentences. */
  readonly hint: string;
  /** When a change counts; at once where it is left out. */
  readonly when?: string;
  readonly unit?: string;
  /** How a value must look, where its schema does not say it well. */
  readonly form?: string;
  /** Shown where nothing is typed yet. */
  readonly example?: string;
  /** What an empty field means: the setting can be null. */
  readonly empty?: string;
  /** Variables that say it where the owner does not. */
  readonly env?: string;
  /** Further words it is found by. */
  readonly words?: string;
  /** Names of values. */
  readonly options?: readonly { readonly value: string; readonly label: string; readonly hint?: string }[];
  /** A path or an address: the field is as wide as the page. */
  readonly wide?: boolean;
}

const NEXT_START = 'Counts for servers that start from now on.';
const NEXT_DOWNLOAD = 'Counts for downloads that start from now on.';

export const CATALOGUE: Record<SettingKey, SettingEntry> = {
  keepServersRunning: {
    label: 'Leave models running when the agent ends',
    hint: 'On: servers go on and the next agent takes them over. Off: they are stopped with the agent, and their memory is free.',
    when: 'Counts when the agent ends.',
    words: 'quit stop shutdown',
  },
  preventSleep: {
    label: 'Keep the Mac awake during downloads and runs',
    hint: 'The display may sleep; the Mac does not until the work is done.',
    when: 'Counts for work that starts from now on.',
    words: 'caffeinate power',
  },
  defaultProfileId: {
    label: 'Default profile',
    hint: 'Answers when a client does not say which model it wants, and in new chats.',
    empty: 'Whichever runs',
    words: 'model',
  },
  chatTitles: {
    label: 'Titles of chats',
    hint: 'The model that answered can sum a chat up in a few words; that takes it a moment after the first answer.',
    options: [
      { value: 'model', label: 'Written by the model' },
      { value: 'first_words', label: 'First words of the chat' },
    ],
    words: 'name history',
  },

  maxMemoryPercent: {
    label: 'Memory budget',
    hint: 'The share of this machine’s memory that all loaded models may take together. A model that would go over it waits, or idle ones make room.',
    unit: '%',
    words: 'ram limit',
  },
  maxMemoryGb: {
    label: 'Memory budget in gigabytes',
    hint: 'The same as an amount. Where it is set, the percentage above does not count.',
    unit: 'GB',
    empty: 'By percentage',
    words: 'ram limit',
  },
  memoryEvictPercent: {
    label: 'Unload idle models at memory use of',
    hint: 'When this much of the machine’s memory is in use by anything, models that do nothing are unloaded. 100 never does.',
    unit: '%',
    words: 'evict pressure ram',
  },
  memoryRefusePercent: {
    label: 'Load nothing more at memory use of',
    hint: 'When this much of the machine’s memory is in use, no further model is loaded, so that the machine does not start to swap. 100 always loads.',
    unit: '%',
    words: 'refuse pressure ram swap',
  },
  onDemand: {
    label: 'Load models on demand',
    hint: 'A request for a model that is not loaded loads it. Off: such requests are refused until you start the profile.',
    words: 'lazy automatic',
  },
  hfEndpoint: {
    label: 'Hub address',
    hint: 'Where models are found and downloaded: Hugging Face, or a mirror that speaks its API.',
    when: 'Counts from the next search or download.',
    form: 'Enter a web address, such as https://huggingface.co, without user or password.',
    env: 'HF_ENDPOINT',
    wide: true,
    words: 'hugging face mirror url',
  },
  huggingfaceCachePath: {
    label: 'Hugging Face cache',
    hint: 'Downloads are kept here, in the layout that Hugging Face’s own tools use. What is there stays there when you change it.',
    when: 'Counts at once for the list of models, and for downloads that start from now on.',
    form: 'Enter an absolute path, such as ~/.cache/huggingface/hub.',
    env: 'HF_HUB_CACHE or HF_HOME',
    wide: true,
    words: 'folder path disk',
  },
  modelFolders: {
    label: 'More model folders',
    hint: 'Folders besides the cache in which models are looked for. Nothing in them is changed.',
    form: 'Enter an absolute path, such as ~/models.',
    example: '~/models',
    wide: true,
    words: 'path directory lm studio',
  },
  maxDownloads: {
    label: 'Downloads at once',
    hint: 'Further ones wait for their turn.',
    words: 'parallel queue',
  },
  downloadConnections: {
    label: 'Connections of a download',
    hint: 'More can be faster on a good line, and are harder on a slow one.',
    when: NEXT_DOWNLOAD,
    words: 'parallel speed network',
  },
  defaultPortStart: {
    label: 'First port of profiles',
    hint: 'A new profile gets the first free port from here on.',
    when: 'Counts for new profiles.',
    words: 'number',
  },
  startTimeout: {
    label: 'Time to load a model',
    hint: 'A server that is not ready after this long is stopped and marked failed.',
    unit: 's',
    when: NEXT_START,
    words: 'timeout seconds',
  },
  healthCheckInterval: {
    label: 'Health check every',
    hint: 'How often each running server is asked whether it still answers.',
    unit: 's',
    when: 'Counts from the next check.',
    words: 'seconds interval',
  },
  maxRestarts: {
    label: 'Restarts after crashes',
    hint: 'A server that crashes more often than this within ten minutes is left failed. 0 never restarts.',
    words: 'retry',
  },

  enginePython: {
    label: 'Python for engines',
    hint: 'The Python that new engine environments are made from.',
    when: 'Counts for the next installation; what is installed stays as it is.',
    form: 'Enter the absolute path of a Python, such as /opt/homebrew/bin/python3.12.',
    empty: 'Found by itself',
    wide: true,
    words: 'interpreter venv',
  },

  listenHost: {
    label: 'Who can reach the agent',
    hint: 'It always listens on this Mac. Here you say where else: everywhere in your network, or on one address of this Mac.',
    form: 'Enter an IP address or a host name of this Mac, without port.',
    words: 'listen bind host lan share 0.0.0.0 network',
  },
  requireApiKey: {
    label: 'Require an API key on this Mac too',
    hint: 'On: every call of /v1 needs a key or the token. Off: programs on this Mac need none. From other machines a key is always needed.',
    words: 'authentication security token',
  },
  allowedHosts: {
    label: 'Allowed host names',
    hint: 'Names besides localhost and this Mac’s addresses that requests may come in by, for example through a tunnel or a proxy. Each such request needs a key.',
    form: 'Enter a host name without port, such as mac.example.org.',
    example: 'mac.example.org',
    words: 'domain dns rebinding tunnel proxy',
  },
  allowedOrigins: {
    label: 'Allowed web origins',
    hint: 'Web pages that may call the agent from a browser. Each such request needs a key.',
    form: 'Enter an origin, such as https://app.example.org, without a path.',
    example: 'https://app.example.org',
    words: 'cors browser',
  },
  ollamaEnabled: {
    label: 'Answer Ollama’s clients',
    hint: 'Opens a port of its own on this Mac that speaks Ollama’s API, for programs that know only that.',
    words: 'port api compatible',
  },
  ollamaPort: {
    label: 'Port for Ollama’s clients',
    hint: 'Ollama’s own is 11434. Where Ollama itself runs too, choose another one.',
    words: 'number',
  },
  ollamaWrites: {
    label: 'Let them download and delete models',
    hint: 'Without a key. Off: pull and delete through Ollama’s API need a key or the token.',
    words: 'ollama pull',
  },

  routingEnabled: {
    label: 'Use the routing rules',
    hint: 'Off: every request is answered on this Mac, by the model it names.',
    words: 'cloud fallback',
  },

  logLevel: {
    label: 'Level of the agent’s log',
    hint: 'Debug writes the most: turn it on to find a fault, and off again.',
    options: [
      { value: 'debug', label: 'Debug' },
      { value: 'info', label: 'Info' },
      { value: 'warn', label: 'Warnings' },
      { value: 'error', label: 'Errors' },
    ],
    words: 'verbose',
  },
  logMaxMb: {
    label: 'Size of a log',
    hint: 'A log that grows beyond it is set aside and a new one is begun.',
    unit: 'MB',
    words: 'rotate disk',
  },
  logKeep: {
    label: 'Old logs kept',
    hint: 'How many logs set aside are kept for each server and the agent.',
    words: 'rotate disk history',
  },
  requestRetentionDays: {
    label: 'Keep measured requests for',
    hint: 'Times, tokens and outcomes; older ones are deleted.',
    unit: 'days',
    when: 'Counts within the hour.',
    words: 'retention history privacy',
  },
  requestMaxRows: {
    label: 'Measured requests at most',
    hint: 'Above this number the oldest are deleted.',
    unit: 'requests',
    when: 'Counts within the hour.',
    words: 'retention history disk',
  },
  captureRequests: {
    label: 'Keep prompts and answers',
    hint: 'For seven days, to be read under Requests. They never leave this Mac. Off: only times and counts are kept.',
    when: 'Counts for requests from now on.',
    words: 'capture privacy trace',
  },
  metricsPublic: {
    label: 'Metrics without the token',
    hint: 'Lets a Prometheus on this Mac read /metrics without the agent’s token.',
    words: 'prometheus grafana',
  },
  otelEndpoint: {
    label: 'OpenTelemetry collector',
    hint: 'A collector (OTLP over HTTP) that is told of every request: times and counts, no text. Its own key goes into OTEL_EXPORTER_OTLP_HEADERS.',
    form: 'Enter a web address, such as http://127.0.0.1:4318, without user or password.',
    empty: 'None',
    when: 'Counts for requests from now on.',
    wide: true,
    words: 'otlp tracing spans',
  },
  alertFirstTokenMs: {
    label: 'Alert when first tokens take longer than',
    hint: 'For 95 of 100 requests, not counting the load of the model. 0 raises no such alert.',
    unit: 'ms',
    words: 'latency slow warning',
  },
  alertErrorPercent: {
    label: 'Alert when more requests fail than',
    hint: 'Of a profile’s requests in the last five minutes. 0 raises no such alert.',
    unit: '%',
    words: 'errors warning',
  },

  trayTitle: {
    label: 'Tokens a second beside the icon',
    hint: 'Shown while a model writes.',
    words: 'menu bar tray speed',
  },
  notifications: {
    label: 'Notifications',
    hint: 'What macOS tells you of while you do something else.',
    options: [
      { value: 'all', label: 'Downloads and failures' },
      { value: 'failures', label: 'Failures only' },
      { value: 'none', label: 'Nothing' },
    ],
    words: 'menu bar alerts',
  },
  quickChatShortcut: {
    label: 'Shortcut for a new chat',
    hint: 'Opens a new chat from any program. Choose one that no other program uses.',
    form: 'Press Command, Control or Option together with another key.',
    empty: 'None',
    words: 'hotkey global keyboard accelerator',
  },
  askOnQuit: {
    label: 'Ask what happens to models on quit',
    hint: 'When you quit the menu bar app while models run. Off: “Leave models running when the agent ends” decides.',
    words: 'menu bar close',
  },
};
