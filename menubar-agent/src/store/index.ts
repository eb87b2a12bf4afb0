/** store: SQLite and the secrets folder. The only room that knows SQL. */
export { ApiKeysRepository } from './api-keys.js';
export { AttachmentsRepository } from './attachments.js';
export { searchableText, type SearchHit } from './chat-search.js';
export { findPhrases, readSearch, type Phrase } from './chat-words.js';
export { ChatsRepository, type ChatChanges, type ChatFilter, type ChatPlace } from './chats.js';
export { openDatabase, type Connection } from './database.js';
export { takeExclusive } from './exclusive.js';
export { migrations, type Migration } from './migrations.js';
export { MessagesRepository, type MessageChanges, type MessageRecord } from './messages.js';
export { PoolGroupsRepository } from './pool-groups.js';
export { ProfilesRepository, type ProfileRecord } from './profiles.js';
export { PromptsRepository, type PromptRow } from './prompts.js';
export { DownloadsRepository, InstancesRepository, ModelDatesRepository, SettingsRepository } from './records.js';
export { RequestsRepository, type CaptureRow, type RequestConditions, type RequestRow, type StoredRequest } from './requests.js';
export { ProvidersRepository, RoutingRulesRepository, type ProviderRow, type RoutingRuleRow } from './routing.js';
export { RunsRepository, type StoredRun } from './runs.js';
export { SecretsFolder } from './secrets.js';
