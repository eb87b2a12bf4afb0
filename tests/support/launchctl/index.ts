/** Puts the stand-in launchctl into a test's folder. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What the stand-in keeps: loaded jobs, and how often it still refuses. */
export interface LaunchctlState {
  jobs: Record<string, { pid: number | null; exit: string; path: string }>;
  /** `print` still shows a job that often after its bootout: launchd drains it. */
  drain: Record<string, number>;
  /** Next answers of a verb: exit code and text. */
  refusals: Record<string, [number, string][]>;
  calls: string[][];
  /** Whether jobs are real processes. */
  spawns: boolean;
  /** Every process it ever started. */
  started: number[];
}

export interface StandInLaunchctl {
  /** The executable. */
  readonly file: string;
  read(): LaunchctlState;
  /** Forgets everything but this. */
  write(change: Partial<LaunchctlState>): void;
  /** The verbs so far, without `print`, which changes nothing. */
  verbs(): string[];
}

/** The samples quoted from public sources. */
const sample = resolve(import.meta.dirname, '../../../menubar-agent/src/system/fixtures/launchctl-print.txt');

/** @param options `spawns` lets jobs be real processes; end what {@link LaunchctlState.started} names. */
export function standInLaunchctl(folder: string, options: { spawns?: boolean } = {}): StandInLaunchctl {
  const stateFile = join(folder, 'launchctl.json');
  const file = join(folder, 'launchctl');
  const words = [process.execPath, join(import.meta.dirname, 'launchctl.mjs'), stateFile, sample].map((word) => `'${word}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(file, 0o755);
  const read = (): LaunchctlState => JSON.parse(readFileSync(stateFile, 'utf8')) as LaunchctlState;
  const write = (change: Partial<LaunchctlState>): void => {
    const empty: LaunchctlState = { jobs: {}, drain: {}, refusals: {}, calls: [], started: [], spawns: options.spawns ?? false };
    writeFileSync(stateFile, JSON.stringify({ ...empty, ...change }));
  };
  write({});
  return {
    ...{ file, read, write },
    verbs: () =>
      read()
        .calls.map(([verb]) => verb ?? '')
        .filter((verb) => verb !== 'print'),
  };
}
