/** Profiles and the agent itself as launchd jobs. */
import { join } from 'node:path';
import type { LaunchdStatus, Profile, Server } from '@mlx-manager/shared';
import type { AgentPaths } from '../core/index.js';
import { AGENT_LABEL, launchdLabel, type Launchd } from '../system/index.js';
import type { ProfilesService } from '../profiles/index.js';
import type { LaunchPlan, ServersService } from '../servers/index.js';

export interface LaunchdProfilesDeps {
  readonly launchd: Launchd;
  readonly paths: AgentPaths;
  readonly profiles: () => ProfilesService;
  readonly servers: () => ServersService;
  /** What would be started for a profile. */
  readonly plan: (profileId: number) => Promise<LaunchPlan>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node and the script that start the agent. */
  readonly agentCommand: readonly string[];
}

export class LaunchdProfiles {
  constructor(private readonly deps: LaunchdProfilesDeps) {}

  /** Installs a profile: launchd starts it at login, on the profile's own port. */
  async install(profileId: number): Promise<{ plistPath: string; label: string }> {
    const { launchd, paths } = this.deps;
    const profile = this.deps.profiles().get(profileId);
    const plan = await this.deps.plan(profileId);
    // A job must be found again after a restart of the machine: it keeps the profile's own port.
    const command = plan.adapter.command({ ...plan.spec, port: profile.port }, plan.environment);
    const installed = await launchd.install({
      label: launchdLabel(profile.name),
      programArguments: [command.file, ...command.args],
      environment: { ...this.#environment(), ...command.env },
      runAtLoad: profile.autoStart,
      logFolder: paths.logs,
    });
    this.deps.profiles().setLaunchdInstalled(profileId, true);
    await this.track(profileId);
    return installed;
  }

  /** Takes a profile out of launchd; its server ends. Nothing to do is no error. */
  async uninstall(profileId: number): Promise<void> {
    const profile = this.deps.profiles().get(profileId);
    await this.deps.launchd.uninstall(launchdLabel(profile.name));
    if (profile.launchdInstalled) this.deps.profiles().setLaunchdInstalled(profileId, false);
  }

  status(profileId: number): Promise<LaunchdStatus> {
    return this.deps.launchd.status(launchdLabel(this.deps.profiles().get(profileId).name));
  }

  installAgent(): Promise<{ plistPath: string; label: string }> {
    const { launchd, paths, agentCommand } = this.deps;
    const environment = { ...this.#environment(), MLX_MANAGER_HOME: paths.home };
    return launchd.install({ label: AGENT_LABEL, programArguments: agentCommand, environment, runAtLoad: true, logFolder: paths.logs });
  }

  uninstallAgent(): Promise<void> {
    return this.deps.launchd.uninstall(AGENT_LABEL);
  }

  agentStatus(): Promise<LaunchdStatus> {
    return this.deps.launchd.status(AGENT_LABEL);
  }

  /** Starts an installed profile by launchd, so that it stays launchd's. */
  async start(profileId: number): Promise<Server> {
    await this.deps.launchd.kickstart(launchdLabel(this.deps.profiles().get(profileId).name));
    return this.track(profileId);
  }

  /** Watches the server of an installed profile. */
  async track(profileId: number): Promise<Server> {
    const { launchd, paths } = this.deps;
    const profile = this.deps.profiles().get(profileId);
    const plan = await this.deps.plan(profileId);
    const label = launchdLabel(profile.name);
    const { pid } = await launchd.status(label);
    return this.deps.servers().trackExternal({
      profileId,
      profileName: profile.name,
      modelPath: profile.modelPath,
      adapter: plan.adapter,
      spec: { ...plan.spec, port: profile.port },
      pid,
      logFile: join(paths.logs, `${label}.err`),
      stop: () => launchd.uninstall(label),
    });
  }

  /** Follows a change: the job carries the profile's name and options, so it is made anew. */
  async profileChanged(before: Profile, after: Profile): Promise<void> {
    if (!before.launchdInstalled) return;
    if (before.name !== after.name) await this.deps.launchd.uninstall(launchdLabel(before.name));
    await this.install(after.id);
  }

  #environment(): Record<string, string> {
    const { env, paths } = this.deps;
    return { PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin', HOME: paths.userHome };
  }
}
