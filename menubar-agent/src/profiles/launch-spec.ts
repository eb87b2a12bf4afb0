/** From a profile to what an engine is told. */
import { join } from 'node:path';
import { AgentError, type ModelType, type Profile } from '@mlx-manager/shared';
import { expandHome } from '../core/index.js';
import { adaptersFor, defaultAdapterFor, getAdapter, type EngineAdapter, type LaunchSpec } from '../engines/index.js';

type Options = Pick<
  Profile,
  | 'modelPath'
  | 'modelType'
  | 'host'
  | 'contextLength'
  | 'maxConcurrency'
  | 'queueTimeout'
  | 'queueSize'
  | 'toolCallParser'
  | 'reasoningParser'
  | 'enableAutoToolChoice'
  | 'trustRemoteCode'
  | 'chatTemplateFile'
  | 'logLevel'
  | 'logFile'
  | 'noLogFile'
  | 'sampling'
  | 'extraArgs'
>;

/**
 * The engine of a profile: the named one, else the default of the model type.
 * @throws AgentError ENGINE_UNKNOWN, ENGINE_CANNOT_SERVE.
 */
export function adapterOf(profile: { readonly engine: string | null; readonly modelType: ModelType }): EngineAdapter {
  const adapter = profile.engine === null ? defaultAdapterFor(profile.modelType) : getAdapter(profile.engine);
  if (!adapter.capabilities.modelTypes.includes(profile.modelType)) {
    const engines = adaptersFor(profile.modelType).map((other) => other.id);
    throw new AgentError('ENGINE_CANNOT_SERVE', { engineId: adapter.id, modelType: profile.modelType, engines });
  }
  return adapter;
}

/**
 * What the engine is told.
 * @param profile the options.
 * @param place where the model is and where the engine listens.
 */
export function toLaunchSpec(
  profile: Options,
  place: { modelFolder: string; modelName: string; port: number; logsFolder: string },
): LaunchSpec {
  return {
    modelFolder: place.modelFolder,
    modelName: place.modelName,
    modelType: profile.modelType,
    // `localhost` may resolve to ::1 where the engine listens on 127.0.0.1 only.
    host: profile.host === 'localhost' ? '127.0.0.1' : profile.host,
    port: place.port,
    contextLength: profile.contextLength,
    maxConcurrency: profile.maxConcurrency,
    queueTimeout: profile.queueTimeout,
    queueSize: profile.queueSize,
    toolCallParser: profile.toolCallParser,
    reasoningParser: profile.reasoningParser,
    enableAutoToolChoice: profile.enableAutoToolChoice,
    trustRemoteCode: profile.trustRemoteCode,
    chatTemplateFile: profile.chatTemplateFile,
    logLevel: profile.logLevel,
    // A name of its own kind: the agent's and the servers' logs lie in the same folder.
    logFile: profile.logFile === null || profile.noLogFile ? null : join(place.logsFolder, `engine-${profile.logFile}`),
    sampling: profile.sampling,
    extraArgs: profile.extraArgs,
  };
}

/**
 * Refuses options that would change what the agent decides.
 * @throws AgentError EXTRA_ARG_REFUSED.
 */
export function checkExtraArgs(adapter: EngineAdapter, args: readonly string[]): void {
  for (const arg of args) {
    if (!arg.startsWith('-')) continue;
    const option = arg.split('=')[0] ?? arg;
    const reason = adapter.refuseArg(option);
    if (reason !== null) throw new AgentError('EXTRA_ARG_REFUSED', { option, reason });
  }
}

/** Paths among options given by hand: values that are absolute, of the home folder, or climb. They must lie where models may lie. */
export function pathsIn(args: readonly string[], userHome: string): string[] {
  return args
    .map((arg) => (arg.startsWith('-') ? (/^[^=]*=(.*)$/s.exec(arg)?.[1] ?? '') : arg))
    .flatMap((value) => value.split(/[,\s]+/))
    .filter((value) => /^(?:\/|~|\.\.?(?:\/|$))|\/\.\.(?:\/|$)/.test(value))
    .map((value) => expandHome(value, userHome));
}
