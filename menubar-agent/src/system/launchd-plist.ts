/** The property list of a launchd job (launchd.plist(5)). */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import type { LaunchdJob } from './types.js';

/** Least time between two starts of a job that keeps failing, in seconds. */
const THROTTLE_SECONDS = 30;

/**
 * Text of the plist, with the keys of the seed (architecture §11). Logs go to the log folder, not to /tmp where anybody could put a link.
 * @throws AgentError INVALID_REQUEST for characters that XML 1.0 cannot hold.
 */
export async function buildPlist(job: LaunchdJob): Promise<string> {
  const texts = [...job.programArguments, ...Object.entries(job.environment).flat(), job.workingDirectory ?? '', job.logFolder];
  if (texts.some((text) => !isXmlText(text))) throw new AgentError('INVALID_REQUEST', { problem: 'the job holds a control character' });
  if (job.programArguments.length === 0) throw new AgentError('INVALID_REQUEST', { problem: 'the job has no program' });
  const { output, error } = logFiles(job);
  const { build } = await import('plist');
  return build({
    Label: job.label,
    ProgramArguments: [...job.programArguments],
    RunAtLoad: job.runAtLoad,
    // "This key [SuccessfulExit] implies that RunAtLoad is set to true" (launchd.plist(5)): not for a job that waits to be started.
    KeepAlive: { ...(job.runAtLoad && { SuccessfulExit: false }), Crashed: true },
    StandardOutPath: output,
    StandardErrorPath: error,
    EnvironmentVariables: { ...job.environment },
    ...(job.workingDirectory === undefined ? {} : { WorkingDirectory: job.workingDirectory }),
    ProcessType: 'Interactive',
    LowPriorityIO: false,
    ThrottleInterval: THROTTLE_SECONDS,
  });
}

/** Where launchd writes a job's output. */
export const logFiles = (job: Pick<LaunchdJob, 'label' | 'logFolder'>): { output: string; error: string } => ({
  output: join(job.logFolder, `${job.label}.log`),
  error: join(job.logFolder, `${job.label}.err`),
});

/** Makes the log files, mode 0600, before launchd would with its own mask. What is in them stays. */
export async function prepareLogs(job: LaunchdJob): Promise<void> {
  await mkdir(job.logFolder, { recursive: true, mode: 0o700 });
  for (const file of Object.values(logFiles(job))) await (await open(file, 'a', 0o600)).close();
}

/** Writes a file of mode 0600 so that a reader sees the old one or the new one, never a part. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // launchd reads every *.plist of the folder at login: a leftover must not end so.
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Char of XML 1.0: no control characters but tab and line ends, no half of a surrogate pair, no U+FFFE and U+FFFF. */
function isXmlText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.isWellFormed() && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text);
}
