/** system: chip, memory, GPU, processes, ports, launchd and sleep. Nothing runs at import time and nothing polls. */
export { createSecretVault, type SecretVault, type SecretVaultOptions } from './keychain.js';
export { createLaunchd, type LaunchdOptions } from './launchd.js';
export { AGENT_LABEL, LABEL_PREFIX, launchdLabel } from './launchd-label.js';
export { createMachine } from './machine.js';
export { ephemeralPort, findFreePort, isPortFree } from './ports.js';
export { createProcessTable } from './process-table.js';
export { runCommand, type CommandResult, type Run } from './run.js';
export { createSleepGuard, type SleepGuardOptions } from './sleep-guard.js';
export * from './types.js';
