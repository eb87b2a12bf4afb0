/**
 * Every error a user can meet: code, HTTP status, what happened, what to do.
 * `{name}` in a text is filled from the error's details. Modelled on fastify's `lib/errors.js`: one table, no strings elsewhere.
 */

interface ErrorEntry {
  /** HTTP status; 0 for errors that only a client or the CLI can meet. */
  readonly status: number;
  readonly message: string;
  readonly action: string;
}

const table = {
  // What was asked
  INVALID_REQUEST: {
    status: 400,
    message: 'The request is not valid: {problem}.',
    action: 'Correct the named field and send it again. The API reference is at /api/docs.',
  },
  UNAUTHORIZED: {
    status: 401,
    message: 'This call needs the agent’s token.',
    action:
      'Send "Authorization: Bearer TOKEN" with the token from agent.json in the state folder, or sign a browser in with: mlx-manager open',
  },
  FORBIDDEN_HOST: {
    status: 403,
    message: 'The agent does not answer under the name {host}.',
    action: 'Use 127.0.0.1, or add the name to the setting allowed_hosts.',
  },
  FORBIDDEN_ORIGIN: {
    status: 403,
    message: 'Pages of {origin} may not call the agent.',
    action: 'Add the origin to the setting allowed_origins if you trust it.',
  },
  NOT_FOUND: { status: 404, message: 'There is nothing at {method} {path}.', action: 'The API reference is at /api/docs.' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request is larger than {limit} allows.', action: 'Send less in one request.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'The body must be JSON.', action: 'Send it with Content-Type: application/json.' },
  INTERNAL: {
    status: 500,
    message: 'The agent met an error it did not expect.',
    action: 'See agent.log in the state folder’s logs, then try again. If it happens again, report it with that log.',
  },
  STORAGE_FULL: {
    status: 507,
    message: 'The disk with the agent’s state folder is full: nothing can be kept.',
    action: 'Free some space on it, then try again.',
  },
  SHUTTING_DOWN: { status: 503, message: 'The agent is stopping.', action: 'Start it again with: mlx-manager start' },
  LINK_EXPIRED: { status: 401, message: 'This link was used already or is too old.', action: 'Get a new one with: mlx-manager open' },

  // Models and the hub
  MODEL_NOT_FOUND: {
    status: 404,
    message: 'The hub has no model named {modelId}, or it is private.',
    action: 'Check the name. For a private model set a hub token in the settings.',
  },
  REVISION_NOT_FOUND: {
    status: 404,
    message: '{modelId} has no revision {revision}.',
    action: 'Use "main" or a branch, tag or commit shown on the model’s page.',
  },
  MODEL_GATED: {
    status: 403,
    message: '{modelId} is gated: its owner wants you to accept terms first.',
    action: 'Accept them on {url} and set a hub token of that account in the settings.',
  },
  HUB_TOKEN_REJECTED: {
    status: 403,
    message: 'The hub does not accept the token.',
    action: 'Make a new token on the hub and set it in the settings, or clear it.',
  },
  HUB_RATE_LIMITED: {
    status: 429,
    message: 'The hub asks for a pause of {retryAfter} s.',
    action: 'Try again later. With a hub token the limit is higher.',
  },
  HUB_UNREACHABLE: {
    status: 502,
    message: 'The hub at {endpoint} cannot be reached: {reason}.',
    action: 'Check the network, a proxy, or the setting hf_endpoint. Models already here go on working.',
  },
  HUB_ERROR: { status: 502, message: 'The hub answered {status} to {what}.', action: 'Try again in a moment.' },
  MODEL_NOT_LOCAL: { status: 404, message: '{modelId} is not on this machine.', action: 'See what is with: GET /api/models/local' },
  MODEL_NOT_DOWNLOADED: {
    status: 409,
    message: 'The profile {name} names {modelId}, which is not downloaded.',
    action: 'Download it with: mlx-manager pull {modelId}',
  },
  MODEL_INCOMPLETE: {
    status: 409,
    message: 'The download of {modelId} is not finished.',
    action: 'Finish it with: mlx-manager pull {modelId}',
  },
  MODEL_IN_USE: { status: 409, message: '{modelId} is used by {users}.', action: 'Stop that first.' },
  MODEL_READ_ONLY: {
    status: 409,
    message: '{modelId} is a folder of yours, not a download.',
    action: 'Delete the folder yourself, or take its parent out of the setting model_folders.',
  },

  // Downloads
  DOWNLOAD_NOT_FOUND: { status: 404, message: 'There is no download {taskId}.', action: 'List them with: GET /api/models/downloads' },
  DOWNLOAD_STATE: {
    status: 409,
    message: 'A download that is {status} cannot be {verb}.',
    action: 'Start it again with POST /api/models/download if you want the model.',
  },
  DISK_FULL: {
    status: 507,
    message: 'The disk has {freeGb} GB free; {neededGb} GB are needed.',
    action: 'Free some space, then resume the download: it goes on where it was.',
  },
  CHECKSUM_MISMATCH: {
    status: 502,
    message: '{file} arrived damaged, twice.',
    action: 'Resume the download. If it happens again, something between you and the hub changes files.',
  },
  DOWNLOAD_STALLED: {
    status: 504,
    message: 'The hub sent nothing for {seconds} s, after {attempts} attempts.',
    action: 'Resume the download when the network is back: it goes on where it was.',
  },
  CACHE_NOT_WRITABLE: {
    status: 500,
    message: 'The model folder {path} cannot be written: {reason}.',
    action: 'Make it writable, or choose another one with the setting huggingface_cache_path.',
  },

  // Engines
  ENGINE_UNKNOWN: { status: 404, message: 'There is no engine named {engineId}.', action: 'Use one of: {known}.' },
  ENGINE_NOT_INSTALLED: {
    status: 409,
    message: 'The engine {engineId} is {state}.',
    action: 'Install it with: POST /api/engines/{engineId}/install',
  },
  ENGINE_BUSY: {
    status: 409,
    message: 'The engine {engineId} is being installed.',
    action: 'Wait until it is done; GET /api/engines shows how far it is.',
  },
  ENGINE_IN_USE: { status: 409, message: 'The engine {engineId} runs {users}.', action: 'Stop these servers first.' },
  ENGINE_INSTALL_FAILED: {
    status: 502,
    message: 'The engine {engineId} could not be installed: {reason}.',
    action: 'Check the network and the disk, then install it again. The full output is in {log}.',
  },
  ENGINE_CANNOT_SERVE: {
    status: 400,
    message: 'The engine {engineId} does not serve models of type {modelType}.',
    action: 'Use one of: {engines}.',
  },
  PYTHON_NOT_FOUND: {
    status: 503,
    message: 'No Python {range} was found.',
    action: 'On macOS: brew install uv. Elsewhere install Python {range}, or name one in the setting engine_python.',
  },
  PYTHON_UNSUITABLE: {
    status: 400,
    message: 'The Python at {path} cannot be used: {reason}.',
    action: 'Set engine_python to a Python {range}, or clear it.',
  },

  // Profiles
  PROFILE_NOT_FOUND: { status: 404, message: 'There is no profile {profile}.', action: 'List them with: GET /api/profiles' },
  PROFILE_NAME_TAKEN: { status: 409, message: 'There is a profile or alias named {name} already.', action: 'Choose another name.' },
  PORT_TAKEN_BY_PROFILE: {
    status: 409,
    message: 'Port {port} belongs to the profile {name}.',
    action: 'Take another port. GET /api/profiles/next-port names a free one.',
  },
  PORT_IN_USE: {
    status: 409,
    message: 'Port {port} is in use by {program}.',
    action: 'Take another port, or end that program. GET /api/profiles/next-port names a free one.',
  },
  NO_FREE_PORT: { status: 503, message: 'No port from {start} up is free.', action: 'Set default_port_start to another range.' },
  PROFILE_RUNNING: { status: 409, message: 'The profile {name} is running.', action: 'Stop it first.' },
  MODEL_PATH_REFUSED: {
    status: 400,
    message: 'The model folder {path} cannot be used: {reason}.',
    action: 'Use a hub id (ORG/NAME) or a folder inside: {allowed}. More are allowed by the setting model_folders.',
  },
  EXTRA_ARG_REFUSED: {
    status: 400,
    message: 'The option {option} cannot be given by hand: {reason}.',
    action: 'Leave it out of extra_args.',
  },

  // Servers
  SERVER_NOT_RUNNING: { status: 409, message: 'The profile {name} is not running.', action: 'Start it with: mlx-manager run "{name}"' },
  SERVER_ALREADY_RUNNING: { status: 409, message: 'The profile {name} is {state} already.', action: 'Use it, or restart it.' },
  SERVER_FAILED: { status: 502, message: 'The server of {name} did not start: {reason}', action: '{remedy}' },
  NOT_ENOUGH_MEMORY: {
    status: 503,
    message: '{name} needs about {neededGb} GB; {freeGb} GB of the {budgetGb} GB for models are free.',
    action: '{remedy}',
  },

  // Pool
  QUEUE_FULL: {
    status: 429,
    message: '{name} works on {active} requests, and {waiting} more wait: its queue is full.',
    action: 'Try again in {retryAfter} s, or raise queue_size or max_concurrency of its profile.',
  },
  QUEUE_TIMEOUT: {
    status: 503,
    message: 'The request waited {seconds} s for {what} without getting its turn.',
    action: 'Try again in {retryAfter} s, or raise queue_timeout of its profile.',
  },
  MEMORY_PRESSURE: {
    status: 503,
    message:
      '{name} is not loaded now: {percent} % of the machine’s memory are in use, and it needs about {neededGb} GB of the {availableGb} GB left.',
    action: 'Close other programs or stop a model, and try again. The limit is the setting memory_refuse_percent (100 turns it off).',
  },
  GROUP_CONFLICT: {
    status: 503,
    message: '{name} may not be loaded beside {others}: the group {group} keeps them apart.',
    action: 'Stop or unpin {others}, or change the group with PUT /api/pool/groups/{groupId}.',
  },
  GROUP_NOT_FOUND: { status: 404, message: 'There is no group {group}.', action: 'List them with: GET /api/pool/groups' },
  GROUP_NAME_TAKEN: { status: 409, message: 'There is a group named {name} already.', action: 'Choose another name.' },

  // Machine
  UNSUPPORTED_PLATFORM: {
    status: 501,
    message: '{what} is a feature of macOS; this machine runs {platform}.',
    action: 'On Linux use a systemd user unit that runs: mlx-manager start',
  },
  LAUNCHD_FAILED: {
    status: 502,
    message: 'launchctl {verb} failed: {reason}.',
    action: 'See the log named in the status, and: launchctl print {target}',
  },

  // Gateway
  UNKNOWN_MODEL: {
    status: 404,
    message: 'No profile, alias or model here is named {model}.{hint}',
    action: 'List the names with GET /v1/models.',
  },
  MODEL_NOT_HERE: {
    status: 404,
    message: 'The model {model} is not downloaded.{hint}',
    action: 'Get it with: mlx-manager pull {model}',
  },
  NO_MODEL: {
    status: 404,
    message: 'There is no model here that answers {path}.',
    action: 'Find one with: mlx-manager search, and get it with: mlx-manager run MODEL',
  },
  MODEL_CANNOT_ANSWER: {
    status: 400,
    message: 'The profile {name} serves a model of type {modelType} on {engineId}; it does not answer {path}.',
    action: '{remedy}',
  },
  MODEL_NOT_RUNNING: { status: 503, message: 'The profile {name} is {state}.', action: 'Start it with: mlx-manager run "{name}"' },
  ENGINE_UNREACHABLE: {
    status: 502,
    message: 'The engine of {name} does not answer: {reason}.',
    action: 'Its log says why: mlx-manager logs "{name}". Restart it if it does not come back by itself.',
  },
  ENGINE_STREAM_BROKEN: {
    status: 502,
    message: 'The engine of {name} broke off in the middle of the answer.{said}',
    action: 'Ask again. Its log says why: mlx-manager logs "{name}"',
  },
  OUTPUT_NOT_VALID: {
    // Not of the 500s: those a client asks again by itself, and each answer costs two generations.
    status: 422,
    message: 'The model did not answer as response_format asks, at the second attempt either: {problem}.',
    action: 'Ask again, make the schema simpler, or use a larger model.',
  },
  TOOL_NOT_CALLED: {
    status: 422,
    message: 'The model did not call {tool} as tool_choice asks, at the second attempt either.',
    action: 'Ask again, describe the function better, or use a larger model.',
  },

  // Routing and providers
  PROVIDER_NOT_FOUND: { status: 404, message: 'There is no provider {provider}.', action: 'List them with: GET /api/providers' },
  PROVIDER_NAME_TAKEN: { status: 409, message: 'There is a provider named {name} already.', action: 'Choose another name.' },
  PROVIDER_IN_USE: {
    status: 409,
    message: 'The provider {name} is used by the routing rules {rules}.',
    action: 'Delete these rules or point them elsewhere first.',
  },
  PROVIDER_CANNOT_ANSWER: {
    status: 400,
    message: 'The provider {name} cannot answer this: {problem}.',
    action: 'Point the routing rule at another provider or model. POST /api/routing/test says which rule it is.',
  },
  PROVIDER_UNREACHABLE: {
    status: 502,
    message: 'The provider {name} does not answer: {reason}.',
    action: 'Check its base_url and the network. POST /api/providers/{providerId}/test says what happens.',
  },
  PROVIDER_KEY_REJECTED: {
    status: 502,
    message: 'The provider {name} does not accept the key it was given: {reason}',
    action: 'Set a key that is good for it: PUT /api/providers/{providerId} with key.',
  },
  PROVIDER_STREAM_BROKEN: {
    status: 502,
    message: 'The provider {name} broke off in the middle of the answer: {reason}.',
    action: 'Ask again. If it happens often, point the routing rule at another provider.',
  },
  ROUTING_RULE_NOT_FOUND: { status: 404, message: 'There is no routing rule {rule}.', action: 'List them with: GET /api/routing/rules' },
  SECRET_STORE_FAILED: {
    status: 500,
    message: 'The keychain could not {verb} a secret: {reason}.',
    action:
      'Unlock the login keychain (Keychain Access, or: security unlock-keychain) and try again. MLX_MANAGER_SECRETS=file keeps secrets in the state folder instead.',
  },

  // Keys and sharing
  API_KEY_REQUIRED: {
    status: 401,
    message: 'This call needs an API key.',
    action: 'Make one with: mlx-manager keys create NAME, and send it as "Authorization: Bearer KEY" or "x-api-key: KEY".',
  },
  INVALID_API_KEY: {
    status: 401,
    message: 'The API key {prefix}… {problem}.',
    action: 'Use another one, or make one with: mlx-manager keys create NAME',
  },
  API_KEY_NOT_FOR_MANAGEMENT: {
    status: 403,
    message: 'An API key opens /v1, not the management API.',
    action: 'Send the agent’s token, from agent.json in the state folder.',
  },
  MODEL_NOT_ALLOWED: {
    status: 403,
    message: 'This API key may not use {model}.',
    action: 'Use a model that GET /v1/models lists for this key, or change the key’s models with PATCH /api/keys/ID.',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    message: 'The API key {name} may use {limit} {what} a minute, and has.',
    action: 'Try again in {retryAfter} s, or raise the limit with PATCH /api/keys/{keyId}.',
  },
  API_KEY_NOT_FOUND: { status: 404, message: 'There is no API key {key}.', action: 'List them with: mlx-manager keys list' },
  API_KEY_NAME_TAKEN: {
    status: 409,
    message: 'There is an API key named {name} already.',
    action: 'Choose another name, or revoke that one first.',
  },
  API_KEY_REVOKED: { status: 409, message: 'The API key {name} was revoked.', action: 'Make a new one: a revoked key stays revoked.' },
  SHARING_NEEDS_KEYS: {
    status: 409,
    message: 'The agent listens on {host}, beyond this machine, only while API keys are required.',
    action: 'Turn require_api_key on in the same change, or set listen_host to 127.0.0.1.',
  },
  LISTEN_HOST_UNAVAILABLE: {
    status: 409,
    message: 'The agent cannot listen on {host}: {reason}.',
    action: 'Set listen_host to an address of this machine, or to 0.0.0.0 for all of them. What was set before stays in force.',
  },

  REQUEST_NOT_FOUND: {
    status: 404,
    message: 'No request {id} is kept.',
    action: 'List those that are with: GET /api/requests. They are kept as long as request_retention_days and request_max_rows say.',
  },
  RESPONSE_NOT_FOUND: {
    status: 404,
    message: 'There is no {what} {id}: it was never stored, was deleted, or is too long ago.',
    action: 'Send the whole conversation in input. Answers are kept in memory, for a while, unless the request says "store": false.',
  },

  // Runs
  RUN_NOT_FOUND: { status: 404, message: 'There is no run {runId}.', action: 'List those under way with: GET /api/runs' },
  RUN_IN_PROGRESS: {
    status: 409,
    message: 'An answer is being written in this chat already.',
    action: 'Wait for its end, or stop it with: POST /api/runs/{runId}/stop',
  },
  RUN_NOT_POSSIBLE: { status: 409, message: 'No answer can be generated: {problem}.', action: '{remedy}' },
  RUN_INTERRUPTED: {
    status: 503,
    message: 'The agent ended in the middle of the answer.',
    action: 'Continue it: what was written is kept.',
  },
  CONTEXT_OVERFLOW: {
    status: 400,
    message:
      'The last message and the system prompt alone are too long: {tokens} tokens, where the model’s context of {contextLength} has room for {room} beside the answer.',
    action: 'Shorten them or send less of the file, raise context_length of the profile, or use a model with a larger context.',
  },
  ATTACHMENT_UNREADABLE: {
    status: 400,
    message: 'The file {name} cannot be given to the model: {problem}.',
    action: 'Leave it out, or send it as text, picture, sound or film.',
  },
  MODEL_CANNOT_SEE: {
    status: 400,
    message: 'The model of {name} does not take {what}, and {file} is one.',
    action: 'Use a model that does, or begin a chat without that file.',
  },
  ENGINE_REFUSED: {
    status: 502,
    message: 'The engine did not answer: {said}',
    action: 'Change what it complains about, or use another model.',
  },

  // Chats
  CHAT_NOT_FOUND: { status: 404, message: 'There is no chat {chat}.', action: 'List them with: GET /api/chats' },
  MESSAGE_NOT_FOUND: {
    status: 404,
    message: 'There is no message {message} in this chat.',
    action: 'See its messages with: GET /api/chats/CHAT. Those of other branches are named as siblings.',
  },
  ATTACHMENT_NOT_FOUND: {
    status: 404,
    message: 'There is no file {attachment}.',
    action: 'Attach it again. What no message uses is deleted after a day.',
  },
  ATTACHMENT_INVALID: {
    status: 400,
    message: '{name} cannot be attached: {problem}.',
    action: 'Choose another file, or correct its type.',
  },
  ATTACHMENT_TOO_LARGE: {
    status: 413,
    message: '{name} is larger than the {limitMb} MB an attachment may have.',
    action: 'Attach a smaller file, or a part of it.',
  },

  // Prompts
  PERSONA_NOT_FOUND: { status: 404, message: 'There is no persona {persona}.', action: 'List them with: GET /api/personas' },
  PERSONA_NAME_TAKEN: { status: 409, message: 'There is a persona named {name} already.', action: 'Choose another name.' },
  TEMPLATE_NOT_FOUND: { status: 404, message: 'There is no template {template}.', action: 'List them with: GET /api/templates' },
  TEMPLATE_NAME_TAKEN: { status: 409, message: 'There is a template named {name} already.', action: 'Choose another name.' },
  PROMPT_BUILTIN: {
    status: 409,
    message: '{name} comes with MLX Manager and is not changed or deleted.',
    action: 'Duplicate it under another name and change that one: POST /api/{kind}',
  },

  // Ollama's API
  MODEL_LACKS_ABILITY: {
    status: 400,
    message: '"{model}" does not support {ability}.',
    action: 'Take it out of the request, or use a model that does: /api/show lists the capabilities of each.',
  },
  MODEL_SHARED: {
    status: 409,
    message: '{modelId} is the model of {name} and also of {others}.',
    action: 'Delete it with: DELETE /api/models/MODEL on the agent’s own address, or give those profiles another model first.',
  },
  OLLAMA_NOT_OFFERED: {
    status: 501,
    message: '{what} is not offered: MLX Manager has profiles instead.',
    action: 'Make a profile with: POST /api/profiles on the agent’s own address.',
  },
  OLLAMA_WRITES_OFF: {
    status: 403,
    message: 'Downloading and deleting over Ollama’s API needs a key.',
    action: 'Send the agent’s token or an API key as "Authorization: Bearer KEY", or turn on the setting ollama_writes.',
  },
  OLLAMA_PORT_TAKEN: {
    status: 409,
    message: 'Port {port} for Ollama’s clients is taken by {program}.',
    action: 'End that program (Ollama itself?), or set ollama_port to another port and give that to the clients.',
  },

  // Clients and CLI
  AGENT_NOT_RUNNING: { status: 0, message: 'The agent does not answer at {address}.', action: 'Start it with: mlx-manager start' },
  AGENT_NOT_INSTALLED: {
    status: 0,
    message: 'MLX Manager is not installed, or was never started with the state folder {folder}.',
    action: 'Install it, or name the state folder of your agent in the preferences.',
  },
  AGENT_START_FAILED: {
    status: 0,
    message: 'MLX Manager did not start: {reason}',
    action: 'See {log}, or start it in a terminal with: mlx-manager start',
  },
  AGENT_UNREACHABLE: {
    status: 0,
    message: 'The agent at {address} cannot be reached: {reason}.',
    action:
      'See that it runs there and is shared: require_api_key on, and listen_host set to an address of that machine (0.0.0.0 for all).',
  },
  AGENT_ADDRESS_INVALID: {
    status: 0,
    message: 'The agent address {address} cannot be used: {reason}.',
    action: 'Write it as http://HOST:PORT in the preferences, or leave it empty for the agent of this machine.',
  },
  AGENT_ALREADY_RUNNING: {
    status: 0,
    message: 'An agent (pid {pid}) runs already for this state folder, at {address}.',
    action: 'Use it, or stop it with: mlx-manager stop',
  },
  AGENT_PORT_IN_USE: {
    status: 0,
    message: 'Port {port} is taken by another program.',
    action: 'End that program, or start with MLX_MANAGER_PORT set to another port.',
  },
  AGENT_VERSION_MISMATCH: {
    status: 0,
    message: 'The agent is version {agent}, this client is made for {client}.',
    action: 'Update {which}.',
  },
  UNEXPECTED_ANSWER: {
    status: 0,
    message: '{address} answered in a way this client does not understand: {problem}.',
    action: 'Check the address: something else may listen there. Else update the agent and this client.',
  },
  CONNECT_FILE_UNREADABLE: {
    status: 0,
    message: '{path} was left as it is: {reason}.',
    action: 'Correct the file and try again, or copy the settings and put them in by hand.',
  },
  STREAM_BROKEN: { status: 0, message: 'The stream ended before its final event.', action: 'Connect again; nothing on the agent is lost.' },
  STATE_TOO_NEW: {
    status: 0,
    message: 'The state folder was written by a newer release (database {found}, this one knows {known}).',
    action: 'Update MLX Manager, or point MLX_MANAGER_HOME at another folder.',
  },
  STATE_NOT_WRITABLE: {
    status: 0,
    message: 'The state folder {path} cannot be used: {reason}.',
    action: 'Make it writable, or point MLX_MANAGER_HOME at another folder.',
  },
  STARTER_FAILED: {
    status: 0,
    message: 'The starter model could not be made: {reason}.',
    action: 'Go on without it: mlx-manager start --no-starter, then mlx-manager pull a model.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;
export const ERROR_CODES = Object.keys(table) as ErrorCode[];

/** Whether a string from elsewhere is one of our codes. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(table, code);
}
