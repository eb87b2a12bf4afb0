/** The machine as the rest of the house sees it. Each has a macOS and a Linux implementation behind one interface. */

/** A started process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the OS gives it: opaque, stable, compared for equality only. */
  readonly startTime: string;
}
export interface ProcessUsage {
  /** Bytes: `phys_footprint` on macOS, PSS on Linux; null when it cannot be read. Summed over the tree. */
  readonly memoryBytes: number | null;
  /** CPU seconds used since the start, summed over the tree. */
  readonly cpuSeconds: number | null;
}
/** Name of the environment variable that holds an engine's instance UUID. */
export const INSTANCE_VARIABLE = 'MLX_MANAGER_INSTANCE';

export interface ProcessTable {
  /** Start time of a live process; null when there is none. A zombie counts as dead. */
  startTime(pid: number): Promise<string | null>;
  /** Whether that very process lives. */
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** Value of {@link INSTANCE_VARIABLE} in a process's environment; null when unset or unreadable. */
  instanceOf(pid: number): Promise<string | null>;
  /** Processes of this user whose environment holds that instance UUID (children inherit it). */
  findInstance(instance: string): Promise<ProcessIdentity[]>;
  /** Live processes of a process group. */
  groupMembers(groupId: number): Promise<number[]>;
  /** Memory and CPU of a process and its descendants. */
  usage(pid: number): Promise<ProcessUsage>;
  /** The program that listens on a TCP port; null when none (or not ours to see). */
  portHolder(port: number): Promise<{ pid: number; name: string } | null>;
}

export interface MemoryReading {
  readonly totalBytes: number;
  readonly availableBytes: number;
}
export interface GpuReading {
  readonly utilizationPercent: number | null;
  readonly memoryInUseBytes: number | null;
}
export interface MachineInfo {
  readonly osVersion: string;
  readonly platform: string;
  readonly arch: string;
  /** E.g. `Apple M4 Max`. */
  readonly chip: string;
  readonly cores: number;
  readonly gpuCores: number | null;
  readonly memoryBytes: number;
}
export interface Machine {
  memory(): Promise<MemoryReading>;
  gpu(): Promise<GpuReading>;
  /** Read once, then remembered. */
  info(): Promise<MachineInfo>;
  /** Metal's recommended working set on macOS (iogpu.wired_limit_mb when the owner set it), else 80 % of physical or cgroup memory. Bytes. */
  recommendedBytes(): Promise<number>;
}

/** A job for launchd. */
export interface LaunchdJob {
  /** `com.mlx-manager.<slug>`. */
  readonly label: string;
  readonly programArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly runAtLoad: boolean;
  /** Folder for `<label>.log` and `<label>.err`. */
  readonly logFolder: string;
}
export interface LaunchdJobStatus {
  readonly installed: boolean;
  /** Whether launchd holds the job now; false after a bootout. */
  readonly loaded: boolean;
  readonly running: boolean;
  readonly pid: number | null;
  readonly lastExitCode: number | null;
  readonly label: string;
  readonly plistPath: string;
}
/** Throws AgentError UNSUPPORTED_PLATFORM off macOS, LAUNCHD_FAILED when launchctl says no. */
export interface Launchd {
  /** Writes the plist and bootstraps it; a job that is there already is replaced. */
  install(job: LaunchdJob): Promise<{ plistPath: string; label: string }>;
  /** Boots the job out and deletes the plist; nothing to do is no error. */
  uninstall(label: string): Promise<void>;
  status(label: string): Promise<LaunchdJobStatus>;
  /** Ends the job and unloads it until the next login; its plist stays. Nothing to do is no error. */
  bootout(label: string): Promise<void>;
  /** Starts (or restarts) an installed job now; one that was booted out is loaded again first. */
  kickstart(label: string): Promise<void>;
  /** Labels of ours that have a plist. */
  list(): Promise<string[]>;
}

/** Keeps the Mac awake while held. */
export interface SleepGuard {
  /** Holds; the answer lets go. Nested holds count. */
  hold(reason: string): () => void;
}
