/** What is spawned for a plan: one place, so that what is shown is what is run. */
import type { EngineAdapter, EngineEnvironment, LaunchCommand, LaunchSpec } from '../../engines/index.js';
import { plainHost } from './ports.js';

export interface PlannedCommand {
  /** With the host and port that the engine binds. */
  readonly spec: LaunchSpec;
  readonly command: LaunchCommand;
}

/**
 * @param port where the engine listens; the one of the plan's spec is overruled.
 * @throws AgentError of the adapter: a file it must read cannot be read, or the model brings code that may not run.
 */
export function commandOf(
  plan: { readonly adapter: EngineAdapter; readonly environment: EngineEnvironment; readonly spec: LaunchSpec },
  port: number,
): PlannedCommand {
  const spec: LaunchSpec = { ...plan.spec, host: plainHost(plan.spec.host), port };
  return { spec, command: plan.adapter.command(spec, plan.environment) };
}
