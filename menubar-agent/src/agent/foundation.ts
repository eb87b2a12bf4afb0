/** What every service stands on: state, log, bus, settings, the machine. */
import type { SettingsValues } from '@mlx-manager/shared';
import {
  agentPaths,
  EventBus,
  loggerTo,
  LogWriter,
  SettingsService,
  systemClock,
  type AgentPaths,
  type Clock,
  type Logger,
} from '../core/index.js';
import { openDatabase, SecretsFolder, SettingsRepository, type Connection } from '../store/index.js';
import {
  createLaunchd,
  createMachine,
  createSleepGuard,
  type Launchd,
  type Machine,
  type ProcessTable,
  type SleepGuard,
} from '../system/index.js';
import { apiToken, guardBySetting } from './support.js';

export interface Foundation {
  readonly env: NodeJS.ProcessEnv;
  readonly paths: AgentPaths;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the logger writes, for those who read along. */
  readonly agentLog: LogWriter;
  readonly bus: EventBus;
  readonly db: Connection;
  readonly settings: SettingsService;
  readonly token: string;
  readonly processes: ProcessTable;
  readonly machine: Machine;
  readonly launchd: Launchd;
  readonly sleepGuard: SleepGuard;
}

/**
 * Opens the state of an agent. The state folder is prepared and locked already.
 * @throws AgentError STATE_TOO_NEW, STATE_NOT_WRITABLE.
 */
export function layFoundation(env: NodeJS.ProcessEnv, processes: ProcessTable, launchd: Launchd = createLaunchd()): Foundation {
  const paths = agentPaths(env);
  const db = openDatabase(paths.database);
  const secrets = new SecretsFolder(paths.secrets);
  // The settings may have something to say to the log before they can be asked.
  const limits = { megabytes: 10, keep: 3 };
  const agentLog = new LogWriter(`${paths.logs}/agent.log`, { maxBytes: () => limits.megabytes * 1e6, keep: () => limits.keep }, true);
  const logger = loggerTo(agentLog, 'info');
  const bus = new EventBus((error, type) => logger.error({ err: error, type }, 'a listener failed'));
  const settings = new SettingsService({
    storage: new SettingsRepository(db),
    secrets,
    env,
    paths,
    bus,
    onInvalid: (key, problem) => logger.warn({ key, problem }, 'a stored setting is not valid and left aside'),
  });
  const follow = ({ logLevel, logMaxMb, logKeep }: Pick<SettingsValues, 'logLevel' | 'logMaxMb' | 'logKeep'>): void => {
    logger.level = logLevel;
    limits.megabytes = logMaxMb;
    limits.keep = logKeep;
  };
  follow(settings.snapshot());
  bus.on('settings.updated', follow);
  const sleepGuard = guardBySetting(createSleepGuard({ logger }), () => settings.get('preventSleep'));
  return {
    env,
    paths,
    clock: systemClock,
    logger,
    agentLog,
    bus,
    db,
    settings,
    token: apiToken(secrets),
    processes,
    machine: createMachine({ percent: () => settings.get('maxMemoryPercent') }),
    launchd,
    sleepGuard,
  };
}
