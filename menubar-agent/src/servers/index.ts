/** servers: one engine process each: start, health, logs, metrics, stop, adoption after a crash. */
export { commandOf, type PlannedCommand } from './supervisor/command.js';
export { AgentLog } from './logs/agent-log.js';
export { AllLogs } from './logs/all-logs.js';
export { ServersService } from './service.js';
export {
  defaultTimings,
  type ExternalServer,
  type InstanceRecord,
  type InstancesRepository,
  type LaunchPlan,
  type ServersDeps,
  type ServersSettings,
  type ServerTarget,
  type Timings,
} from './types.js';
