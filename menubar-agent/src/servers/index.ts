/** servers: one engine process each: start, health, logs, metrics, stop, adoption after a crash. */
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
