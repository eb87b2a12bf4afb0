/** engines: how each engine is installed, told what to do, asked how it is. */
export { adapters, adaptersFor, defaultAdapterFor, findAdapter, getAdapter } from './registry.js';
export { EngineService, type EngineServiceDeps, type EngineVersions } from './service.js';
export { checkPython, type PythonFacts } from './python.js';
export { enginePythons } from './tokenizer/pythons.js';
export { TokenizerService, type ChatPrompt, type RenderedPrompt, type TokenizerDeps } from './tokenizer/service.js';
export type {
  AnswerContext,
  EngineAdapter,
  EngineEnvironment,
  EngineId,
  EngineTarget,
  HealthReading,
  InstallRecipe,
  LaunchCommand,
  LaunchSpec,
  NativeAbilities,
} from './types.js';
