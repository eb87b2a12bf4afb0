/** Profiles and the agent itself as launchd jobs. */
import { join } from 'node:path';
import { AgentError, type LaunchdStatus, type Profile, type Server } from '@mlx-manager/shared';
import type { AgentPaths } from '../core/index.js';
import { AGENT_LABEL, launchdLabel, type Launchd, type LaunchdJob } from '../system/index.js';
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

/** Where the agent of a login session must look as this one does. No secrets: a plist is a file. */
const CARRIED_VARIABLES = ['MLX_MANAGER_PORT', 'MLX_MANAGER_ENGINES_DIR', 'HF_HOME', 'HF_HUB_CACHE', 'HF_ENDPOINT', 'XDG_CACHE_HOME'];

export class LaunchdProfiles {
  constructor(private readonly deps: LaunchdProfilesDeps) {}

  /**
   * Installs a profile: launchd starts it at login, on the profile's own port.
   * @throws AgentError SERVER_ALREADY_RUNNING while a server of ours runs it, LAUNCHD_FAILED, UNSUPPORTED_PLATFORM, what planning throws.
   */
  async install(profileId: number): Promise<{ plistPath: string; label: string }> {
    const server = this.deps.servers().get(profileId);
    if (server?.managedBy === 'agent') this.#refuseRunning(server, 'Stop it, then install it again.');
    const installed = await this.deps.launchd.install(await this.#job(profileId));
    this.deps.profiles().setLaunchdInstalled(profileId, true);
    await this.track(profileId);
    return installed;
  }

  /** Takes a profile out of launchd; its server ends. Nothing to do is no error. */
  async uninstall(profileId: number): Promise<void> {
    const profile = this.deps.profiles().get(profileId);
    await this.deps.launchd.uninstall(launchdLabel(profile.name));
    await this.deps.servers().untrackExternal(profileId);
    if (profile.launchdInstalled) this.deps.profiles().setLaunchdInstalled(profileId, false);
  }

  status(profileId: number): Promise<LaunchdStatus> {
    return this.deps.launchd.status(this.#label(profileId));
  }

  installAgent(): Promise<{ plistPath: string; label: string }> {
    const { launchd, paths, agentCommand, env } = this.deps;
    const carried = CARRIED_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
    const environment = { ...this.#environment(), ...Object.fromEntries(carried), MLX_MANAGER_HOME: paths.home };
    return launchd.install({ label: AGENT_LABEL, programArguments: agentCommand, environment, runAtLoad: true, logFolder: paths.logs });
  }

  uninstallAgent(): Promise<void> {
    return this.deps.launchd.uninstall(AGENT_LABEL);
  }

  agentStatus(): Promise<LaunchdStatus> {
    return this.deps.launchd.status(AGENT_LABEL);
  }

  /**
   * Starts an installed profile by launchd, so that it stays launchd's.
   * @throws AgentError SERVER_ALREADY_RUNNING, LAUNCHD_FAILED, what planning throws.
   */
  async start(profileId: number): Promise<Server> {
    this.#refuseRunning(this.deps.servers().get(profileId));
    return this.restart(profileId);
  }

  /** Ends the job, if it runs, and starts it. Throws like {@link start}. */
  async restart(profileId: number): Promise<Server> {
    const { launchd } = this.deps;
    const label = this.#label(profileId);
    if ((await launchd.status(label)).installed) {
      await launchd.kickstart(label);
    } else {
      // Somebody deleted the plist by hand; the owner still wants the profile there.
      const job = await this.#job(profileId);
      await launchd.install(job);
      if (!job.runAtLoad) await launchd.kickstart(label);
    }
    return this.#watch(profileId, (await launchd.status(label)).pid);
  }

  /** Watches the server of an installed profile, if launchd runs it or is about to. Null when it was stopped or never started. */
  async track(profileId: number): Promise<Server | null> {
    const { loaded, pid } = await this.deps.launchd.status(this.#label(profileId));
    // Loaded without a process: its start is near, or it crashed and is held back for a while.
    const expected = pid !== null || (loaded && this.deps.profiles().get(profileId).autoStart);
    return expected ? this.#watch(profileId, pid) : null;
  }

  /** Follows a change: the job carries the profile's name and options, so it is made anew. A stopped one stays stopped. */
  async profileChanged(before: Profile, after: Profile): Promise<void> {
    if (!before.launchdInstalled || !concernsJob(before, after)) return;
    const { launchd } = this.deps;
    const stopped = this.deps.servers().get(after.id) === null;
    // Before anything is taken away: the plan may be impossible.
    const job = await this.#job(after.id);
    const oldLabel = launchdLabel(before.name);
    if (oldLabel !== job.label) await launchd.uninstall(oldLabel);
    await launchd.install(job);
    if (stopped) await launchd.bootout(job.label);
    else await this.track(after.id);
  }

  async #job(profileId: number): Promise<LaunchdJob> {
    const profile = this.deps.profiles().get(profileId);
    const plan = await this.deps.plan(profileId);
    // A job must be found again after a restart of the machine: it keeps the profile's own port.
    const command = plan.adapter.command({ ...plan.spec, port: profile.port }, plan.environment);
    return {
      label: launchdLabel(profile.name),
      programArguments: [command.file, ...command.args],
      environment: { ...this.#environment(), ...command.env },
      runAtLoad: profile.autoStart,
      logFolder: this.deps.paths.logs,
    };
  }

  async #watch(profileId: number, pid: number | null): Promise<Server> {
    const { launchd, paths } = this.deps;
    const profile = this.deps.profiles().get(profileId);
    const plan = await this.deps.plan(profileId);
    const label = launchdLabel(profile.name);
    return this.deps.servers().trackExternal({
      profileId,
      profileName: profile.name,
      modelPath: profile.modelPath,
      adapter: plan.adapter,
      spec: { ...plan.spec, port: profile.port },
      pid,
      logFile: join(paths.logs, `${label}.err`),
      stop: () => launchd.bootout(label),
    });
  }

  #refuseRunning(server: Server | null, action?: string): void {
    if (server === null || server.state === 'failed' || server.state === 'stopped') return;
    const { profileName: name, state, profileId } = server;
    throw new AgentError('SERVER_ALREADY_RUNNING', { name, state, profileId }, action === undefined ? {} : { action });
  }

  #label(profileId: number): string {
    return launchdLabel(this.deps.profiles().get(profileId).name);
  }

  #environment(): Record<string, string> {
    const { env, paths } = this.deps;
    return { PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin', HOME: paths.userHome };
  }
}

/** Whether a change is one that the job carries. What only the agent looks at must not restart an engine. */
function concernsJob(before: Profile, after: Profile): boolean {
  const carried = (profile: Profile): string => {
    const { description: _d, aliases: _a, systemPrompt: _s, idleMinutes: _i, pinned: _p, ...rest } = profile;
    const { exposePort: _e, restartOnCrash: _r, updatedAt: _u, warnings: _w, ...job } = rest;
    return JSON.stringify(job);
  };
  return carried(before) !== carried(after);
}
