/** store: SQLite and the secrets folder. The only room that knows SQL. */
export { openDatabase, type Connection } from './database.js';
export { takeExclusive } from './exclusive.js';
export { migrations, type Migration } from './migrations.js';
export { ProfilesRepository, type ProfileRecord } from './profiles.js';
export { DownloadsRepository, InstancesRepository, ModelDatesRepository, SettingsRepository } from './records.js';
export { SecretsFolder } from './secrets.js';
