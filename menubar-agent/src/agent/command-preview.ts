/** The command line of a profile, saved or being typed, made by what makes it at a start. */
import { join } from 'node:path';
import { AgentError, type LaunchCommand, type Profile, type ProfileCommand, type ProfileDraft } from '@mlx-manager/shared';
import type { EngineAdapter, EngineEnvironment, EngineService, LaunchCommand as EngineCommand } from '../engines/index.js';
import { repoLayout } from '../hub/index.js';
import { adapterOf, toLaunchSpec, type CheckedField, type Problem, type ProfilesService } from '../profiles/index.js';
import { commandOf, type ServersService } from '../servers/index.js';
import type { PlannerDeps } from './launch-planner.js';
import { modelOf } from './launch-planner.js';
import { shellLine } from './shell-line.js';

export interface CommandPreviewDeps extends PlannerDeps {
  readonly profiles: () => ProfilesService;
  readonly engines: EngineService;
  readonly servers: () => ServersService;
  /** Folder of the hub's cache. */
  readonly cacheRoot: () => string;
}

/** Stands for the commit of a model that is not here yet. */
const COMMIT = 'REVISION';
/** Stands for the name of a profile that has none yet. */
const NAME = 'NAME';
/** With these nothing can be told to an engine. */
const DECISIVE: ReadonlySet<CheckedField> = new Set(['model_path', 'engine']);

export class CommandPreview {
  constructor(private readonly deps: CommandPreviewDeps) {}

  /** @throws AgentError PROFILE_NOT_FOUND. */
  ofProfile(id: number): Promise<ProfileCommand> {
    return this.ofDraft(this.deps.profiles().get(id));
  }

  /**
   * What a start would run. What is missing on this machine is no reason to say nothing: the command is what it would be then.
   * @throws AgentError PROFILE_NOT_FOUND when it names one that is not there.
   */
  async ofDraft(draft: ProfileDraft | Profile): Promise<ProfileCommand> {
    const profiles = this.deps.profiles();
    const problems = await profiles.problemsOf(draft);
    const port = draft.port ?? (await profiles.nextPort());
    const { warnings, command, problem } = problems.some(({ field }) => DECISIVE.has(field))
      ? { warnings: [], command: null, problem: null }
      : await this.#command({ ...withoutRefused(draft, problems), port });
    const running = draft.id === null ? null : this.deps.servers().command(draft.id);
    return {
      command,
      running: running && view(running.engine, running.command, running.port, true),
      warnings,
      problems: [...problems, ...(problem ? [problem] : [])].map(({ field, error }) => ({ field, ...error.toTaskError() })),
    };
  }

  async #command(
    draft: (ProfileDraft | Profile) & { port: number },
  ): Promise<{ command: LaunchCommand | null; warnings: string[]; problem: Problem | null }> {
    const { paths } = this.deps;
    const adapter = adapterOf(draft);
    const engine = await this.#environment(adapter);
    const model = await this.#model(draft);
    const spec = toLaunchSpec(draft, { modelFolder: model.folder, modelName: model.name, port: draft.port, logsFolder: paths.logs });
    const warnings = [...this.deps.profiles().warningsOf(draft), ...engine.warnings, ...model.warnings];
    try {
      const { command } = commandOf({ adapter, environment: engine.environment, spec }, draft.port);
      return { command: view(adapter.id, command, draft.port, this.#portFixed(draft)), warnings, problem: null };
    } catch (error) {
      // The adapter has its own reasons, such as code that comes with the model.
      if (!(error instanceof AgentError)) throw error;
      return { command: null, warnings, problem: { field: 'model_path', error } };
    }
  }

  /** launchd starts a profile on its own port, too. */
  #portFixed({ exposePort, id }: ProfileDraft | Profile): boolean {
    return exposePort || (id !== null && this.deps.profiles().get(id).launchdInstalled);
  }

  async #environment(adapter: EngineAdapter): Promise<{ environment: EngineEnvironment; warnings: string[] }> {
    const { engines } = this.deps;
    try {
      return { environment: await engines.environment(adapter.id), warnings: [] };
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'ENGINE_NOT_INSTALLED') throw error;
      const { path, name, state } = await engines.get(adapter.id);
      const warning = `${name} is ${state === 'broken' ? 'broken and must be repaired' : 'not installed'}: this is where it will be.`;
      return { environment: { root: path, python: join(path, 'bin', 'python') }, warnings: [warning] };
    }
  }

  async #model(draft: ProfileDraft | Profile): Promise<{ folder: string; name: string; warnings: string[] }> {
    try {
      return { ...(await modelOf({ modelPath: draft.modelPath, name: draft.name ?? NAME }, this.deps)), warnings: [] };
    } catch (error) {
      const code = error instanceof AgentError ? error.code : null;
      if (code !== 'MODEL_NOT_DOWNLOADED' && code !== 'MODEL_INCOMPLETE') throw error;
      const { modelPath } = draft;
      const what = code === 'MODEL_INCOMPLETE' ? 'The download is not finished' : 'The model is not downloaded';
      return {
        folder: repoLayout(this.deps.cacheRoot(), modelPath).snapshot(COMMIT),
        name: modelPath,
        warnings: [`${what}: ${COMMIT} stands for the commit that comes with ${modelPath}.`],
      };
    }
  }
}

/** Without a file that may not be read: the command is told as if it were not there, and the problem says so. */
const withoutRefused = <T extends ProfileDraft | Profile>(draft: T, problems: readonly Problem[]): T =>
  problems.some(({ field }) => field === 'chat_template_file') ? { ...draft, chatTemplateFile: null } : draft;

function view(engine: string, { file, args, env }: EngineCommand, port: number, portFixed: boolean): LaunchCommand {
  return { engine, file, args: [...args], env: { ...env }, port, portFixed, shell: shellLine({ file, args, env }) };
}
