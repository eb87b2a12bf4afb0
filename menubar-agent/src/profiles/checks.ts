/** What may be wrong with a profile beyond its shape: one list, for what is saved and for what is being typed. */
import { AgentError } from '@mlx-manager/shared';
import type { ProfileRecord } from '../store/index.js';
import { adapterOf, checkExtraArgs, pathsIn } from './launch-spec.js';
import { checkInside, checkModelFolder, parseModelPath } from './model-path.js';

/** The option, as the wire names it. */
export type CheckedField = 'name' | 'aliases' | 'port' | 'model_path' | 'chat_template_file' | 'engine' | 'extra_args';

export interface Check {
  readonly field: CheckedField;
  /** @throws AgentError that says what is wrong. */
  readonly run: () => unknown;
}

export interface Problem {
  readonly field: CheckedField;
  readonly error: AgentError;
}

type Options = Pick<ProfileRecord, 'modelPath' | 'modelType' | 'engine' | 'chatTemplateFile' | 'extraArgs'>;

/** Checks of what a profile says by itself. @param place the folders in which models may lie, and the owner's home. */
export function optionChecks(record: Options, place: { readonly allowed: readonly string[]; readonly userHome: string }): Check[] {
  const { allowed, userHome } = place;
  const { chatTemplateFile } = record;
  return [
    {
      field: 'model_path',
      run: async () => {
        const model = parseModelPath(record.modelPath, userHome, allowed);
        if (model.kind === 'folder') await checkModelFolder(model.path, allowed);
      },
    },
    ...(chatTemplateFile === null
      ? []
      : [{ field: 'chat_template_file', run: () => checkInside(chatTemplateFile, allowed, 'file') } as const]),
    { field: 'engine', run: () => adapterOf(record) },
    { field: 'extra_args', run: () => checkExtraArgs(adapterOf(record), record.extraArgs) },
    {
      field: 'extra_args',
      run: async () => {
        for (const path of pathsIn(record.extraArgs, userHome)) await checkInside(path, allowed, 'any');
      },
    },
  ];
}

/** Throws what the first check that fails throws. */
export async function runChecks(checks: readonly Check[]): Promise<void> {
  for (const { run } of checks) await run();
}

/** What every check says, each thing once. */
export async function problemsOf(checks: readonly Check[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { field, run } of checks) {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      if (!problems.some((one) => one.error.message === error.message)) problems.push({ field, error });
    }
  }
  return problems;
}
