/**
 * Jobs of launchd by `launchctl`. Not yet verified on a Mac: built on launchctl(1) and on samples from public sources
 * (fixtures/README.md).
 */
import { rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '@mlx-manager/shared';
import { assertOurLabel, isOurLabel } from './launchd-label.js';
import { buildPlist, prepareLogs, writeWhole } from './launchd-plist.js';
import { isNothingToRead, readNames } from './proc-files.js';
import { runCommand, type CommandResult, type Run } from './run.js';
import type { Launchd, LaunchdJobStatus } from './types.js';

export interface LaunchdOptions {
  readonly platform?: NodeJS.Platform;
  readonly run?: Run;
  /** Default: `~/Library/LaunchAgents`. */
  readonly agentsFolder?: string;
  /** Owner of the jobs. Default: this process's user. */
  readonly uid?: number;
  readonly launchctl?: string;
  /** Between two looks at a job that is on its way in or out, ms. */
  readonly pauseMs?: number;
  /** Longest wait for that, ms. launchd lets go of a label up to 5 s after the end (headroomlabs-ai/headroom issue 1289). */
  readonly patienceMs?: number;
}

/**
 * `bootstrap` while the old job is still draining: 5 EIO, 36 EINPROGRESS, 37 EALREADY (headroom issue 1289, Layr-Labs/d-inference
 * issue 1102). 5 is also the answer to a plist that launchd does not like, so the retries end.
 */
const ON_ITS_WAY = new Set([5, 36, 37]);
/** ESRCH, and "Could not find service" (DeterminateSystems/nix-installer issue 960). */
const NOT_LOADED = new Set([3, 113]);
/** "Service is disabled": the owner once switched it off, and now asks for it again. */
const DISABLED = 119;

/** What `launchctl print` says of a job. */
interface LoadedJob {
  readonly pid: number | null;
  readonly lastExitCode: number | null;
}

/** The jobs of this user's login session (`gui/<uid>`). Off macOS everything but `list` throws UNSUPPORTED_PLATFORM. */
export function createLaunchd(options: LaunchdOptions = {}): Launchd {
  const platform = options.platform ?? process.platform;
  if (platform !== 'darwin') return unsupportedLaunchd(platform);
  const run = options.run ?? runCommand;
  const agentsFolder = options.agentsFolder ?? join(homedir(), 'Library', 'LaunchAgents');
  const domain = `gui/${options.uid ?? process.getuid?.() ?? 501}`;
  const file = options.launchctl ?? '/bin/launchctl';
  const pauseMs = options.pauseMs ?? 200;
  const patienceMs = options.patienceMs ?? 20_000;
  const target = (label: string): string => `${domain}/${label}`;
  const plistPath = (label: string): string => join(agentsFolder, `${label}.plist`);
  const launchctl = (...args: string[]): Promise<CommandResult> => run(file, args);

  async function print(label: string): Promise<LoadedJob | null> {
    const result = await launchctl('print', target(label));
    if (result.exitCode === 0) return parsePrint(result.stdout);
    if (result.exitCode === null) throw failed('print', label, result);
    // Not loaded, or (112, 125) no login session that could load it.
    return null;
  }

  const failed = (verb: string, label: string, result: CommandResult): AgentError =>
    new AgentError('LAUNCHD_FAILED', { verb, reason: reasonOf(result), target: target(label), exitCode: result.exitCode });

  /** Ends a job and waits until launchd has let go of its label. Says the exit code only when the job stays (jdx/mise PR 10965). */
  async function unload(label: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    if ((await print(label)) === null) return;
    // `--wait` is a usage error on macOS 15 (pingdotgg/t3code issue 11995).
    const result = await launchctl('bootout', target(label));
    while ((await print(label)) !== null) {
      if (Date.now() >= deadline) throw failed('bootout', label, result);
      await sleep(pauseMs);
    }
  }

  async function load(label: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const result = await launchctl('bootstrap', domain, plistPath(label));
      if (result.exitCode === 0) return;
      if (result.exitCode === DISABLED) {
        await launchctl('enable', target(label));
      } else if (result.exitCode === null || !ON_ITS_WAY.has(result.exitCode)) {
        throw failed('bootstrap', label, result);
      }
      if (Date.now() >= deadline) throw failed('bootstrap', label, result);
      await sleep(pauseMs);
      // Somebody was quicker, or the refused call went through after all.
      if ((await print(label)) !== null) return;
    }
  }

  const exclusively = queue();

  return {
    install(job) {
      return exclusively(async () => {
        assertOurLabel(job.label);
        const text = await buildPlist(job);
        await prepareLogs(job);
        await unload(job.label);
        await writeWhole(plistPath(job.label), text);
        try {
          await load(job.label);
        } catch (error) {
          // Left there, launchd would start it at the next login although we said that it failed.
          await rm(plistPath(job.label), { force: true });
          throw error;
        }
        return { plistPath: plistPath(job.label), label: job.label };
      });
    },

    uninstall(label) {
      return exclusively(async () => {
        assertOurLabel(label);
        await unload(label);
        await rm(plistPath(label), { force: true });
      });
    },

    bootout(label) {
      return exclusively(async () => {
        assertOurLabel(label);
        await unload(label);
      });
    },

    async status(label): Promise<LaunchdJobStatus> {
      assertOurLabel(label);
      const [job, installed] = await Promise.all([print(label), exists(plistPath(label))]);
      const pid = job?.pid ?? null;
      return {
        installed,
        loaded: job !== null,
        running: pid !== null,
        pid,
        lastExitCode: job?.lastExitCode ?? null,
        label,
        plistPath: plistPath(label),
      };
    },

    kickstart(label) {
      return exclusively(async () => {
        assertOurLabel(label);
        let result = await launchctl('kickstart', '-k', target(label));
        // Installed but booted out, by us or by hand.
        if (result.exitCode !== null && NOT_LOADED.has(result.exitCode) && (await exists(plistPath(label)))) {
          await load(label);
          // Without -k: RunAtLoad may have started it already, and killing it would make launchd hold it back (ThrottleInterval).
          result = await launchctl('kickstart', target(label));
        }
        // 37: RunAtLoad is starting it this moment.
        if (result.exitCode !== 0 && result.exitCode !== 37) throw failed('kickstart', label, result);
      });
    },

    async list() {
      const names = (await readNames(agentsFolder)).filter((name) => name.endsWith('.plist'));
      return names
        .map((name) => name.slice(0, -'.plist'.length))
        .filter(isOurLabel)
        .sort();
    },
  };
}

/** Runs one task after the other, whatever became of the one before. */
function queue(): <Value>(task: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task, task);
    last = next;
    return next;
  };
}

function unsupportedLaunchd(platform: string): Launchd {
  const refuse = (): Promise<never> => Promise.reject(new AgentError('UNSUPPORTED_PLATFORM', { what: 'launchd', platform }));
  return { install: refuse, uninstall: refuse, status: refuse, kickstart: refuse, bootout: refuse, list: () => Promise.resolve([]) };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isNothingToRead(error)) return false;
    throw error;
  }
}

/** First line of what launchctl said, without the advice to become root. */
function reasonOf(result: CommandResult): string {
  const lines = `${result.stderr}\n${result.stdout}`.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && line !== 'Bad request.') ?? `exit code ${result.exitCode ?? 'none'}`;
}

/**
 * The job's own fields in `launchctl print`: the lines one tab deep. Blocks within it repeat `state` and hold arguments and the
 * environment word for word. "NOT API in any sense at all" (launchctl(1)), so anything that is missing is simply unknown.
 */
export function parsePrint(text: string): LoadedJob {
  const fields = new Map<string, string>();
  let inBlock = false;
  for (const line of text.split('\n')) {
    if (inBlock) inBlock = line !== '\t}';
    else if (/^\t\S.*\{$/.test(line)) inBlock = true;
    else {
      const match = /^\t(\S[^=]*?) = (.*)$/.exec(line);
      if (match?.[1] !== undefined && !fields.has(match[1])) fields.set(match[1], match[2] ?? '');
    }
  }
  // "(never exited)", or a number that its name may follow ("78: EX_CONFIG").
  return { pid: leadingInteger(fields.get('pid')), lastExitCode: leadingInteger(fields.get('last exit code')) };
}

function leadingInteger(text: string | undefined): number | null {
  const digits = /^-?\d+/.exec(text ?? '')?.[0];
  return digits === undefined ? null : Number(digits);
}
