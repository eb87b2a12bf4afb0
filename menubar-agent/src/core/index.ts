/** core: event bus, clock, logger, paths, settings. Knows only shared/. */
export { EventBus, type BusEvent } from './bus.js';
export { systemClock, toTimestamp, type Clock } from './clock.js';
export { readAgentFile, readJsonFile, type AgentFile } from './agent-file.js';
export { agentPaths, expandHome, type AgentPaths } from './paths.js';
export { SettingsService, defaultSettings, type SecretStorage, type SettingsStorage } from './settings.js';
export { createLogger, loggerTo, LogWriter, silentLogger, type Logger } from './logger.js';
