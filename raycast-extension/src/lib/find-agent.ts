/**
 * Finds the agent: by the address of the preferences, else by `agent.json` in the state folder. Nothing of Raycast's in here, so that it is
 * tested as it is.
 */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import {
  AgentError,
  createClient,
  DEFAULT_PORT,
  isAbort,
  VERSION,
  VERSION_HEADER,
  type Client,
} from "@mlx-manager/shared";

/** The oldest agent this extension works with. */
export const MIN_AGENT_VERSION = "0.1.0";

/** What the search depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder. */
  readonly userHome: string;
  readonly address?: string | undefined;
  readonly key?: string | undefined;
  readonly stateFolder?: string | undefined;
  /** Folders that hold apps. */
  readonly appFolders: readonly string[];
  /** Folders of commands besides those of PATH: what Raycast starts sees no shell's PATH. */
  readonly binFolders: readonly string[];
}

/** Where the agent is. */
export interface Located {
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** On another machine: it is not started from here. */
  readonly remote: boolean;
}

/** How an agent can be started. */
export type Installed =
  { readonly kind: "command"; readonly command: readonly string[] } | { readonly kind: "app"; readonly path: string };

export const APP_NAME = "MLX Manager.app";
const COMMAND_NAME = "mlx-manager";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The usual places on a Mac. */
export function usualPlaces(userHome: string): Pick<Surroundings, "appFolders" | "binFolders"> {
  return {
    appFolders: ["/Applications", join(userHome, "Applications")],
    binFolders: [
      "/opt/homebrew/bin",
      "/usr/local/bin",
      join(userHome, ".local/bin"),
      join(userHome, ".npm-global/bin"),
    ],
  };
}

/** The state folder: preference, MLX_MANAGER_HOME, else ~/.mlx-manager; as the agent itself reads it. */
export function stateFolder({ env, userHome, stateFolder: chosen }: Surroundings): string {
  const path = chosen || env.MLX_MANAGER_HOME || "~/.mlx-manager";
  if (path === "~") return userHome;
  return path.startsWith("~/") ? join(userHome, path.slice(2)) : resolve(path);
}

/** A name for the agent that stays the same when its port changes: what is remembered of one is not shown for another. */
export function agentName(here: Surroundings): string {
  return here.address ? here.address.replace(/\/+$/, "") : stateFolder(here);
}

/** Whether the preferences name an agent on another machine. */
export function isElsewhere(here: Surroundings): boolean {
  return here.address !== undefined && !LOOPBACK.has(addressOf(here.address).hostname);
}

/**
 * Where the agent is, as far as files and preferences tell.
 * @throws AgentError AGENT_ADDRESS_INVALID, AGENT_NOT_RUNNING, AGENT_NOT_INSTALLED.
 */
export function locate(here: Surroundings): Located {
  if (here.address !== undefined) {
    const { origin } = addressOf(here.address);
    const remote = isElsewhere(here);
    // The token of this machine's agent is for this machine alone.
    return { baseUrl: origin, token: here.key ?? (remote ? undefined : readAgentFile(here)?.token), remote };
  }
  const file = readAgentFile(here);
  if (file) return { baseUrl: `http://127.0.0.1:${file.port}`, token: file.token, remote: false };
  const address = `http://127.0.0.1:${here.env.MLX_MANAGER_PORT || DEFAULT_PORT}`;
  if (findInstalled(here)) throw new AgentError("AGENT_NOT_RUNNING", { address });
  throw new AgentError("AGENT_NOT_INSTALLED", { folder: stateFolder(here) });
}

/**
 * How to start the agent: as it was started last (launcher.json), the app, or the command; null when there is none of them.
 */
export function findInstalled(here: Surroundings): Installed | null {
  const launcher = readJson(join(stateFolder(here), "launcher.json"));
  const command = launcher && Array.isArray(launcher.command) ? launcher.command : [];
  // An update of Node or a removed checkout leaves a launcher behind that leads nowhere.
  if (command.length > 0 && command.every(isText) && command.filter(isAbsolute).every((path) => existsSync(path)))
    return { kind: "command", command };
  for (const folder of here.appFolders) {
    const path = join(folder, APP_NAME);
    if (existsSync(path)) return { kind: "app", path };
  }
  for (const folder of searchPath(here)) {
    const path = join(folder, COMMAND_NAME);
    if (isExecutable(path)) return { kind: "command", command: [path] };
  }
  return null;
}

/**
 * The folder of the clone of the agent's repository from which it was started last, or null: it was installed otherwise, or is gone.
 * A clone is a folder with `.git`, with the agent in its `menubar-agent`.
 */
export function cloneFolder(here: Surroundings): string | null {
  const launcher = readJson(join(stateFolder(here), "launcher.json"));
  const command = launcher && Array.isArray(launcher.command) ? launcher.command.filter(isText) : [];
  for (const part of command) {
    const [, folder] = /^(\/.+)\/menubar-agent\//.exec(part) ?? [];
    if (folder !== undefined && existsSync(join(folder, ".git"))) return folder;
  }
  return null;
}

/** Folders in which commands are looked for, PATH first. */
export function searchPath({ env, binFolders }: Surroundings): string[] {
  return [...new Set([...(env.PATH ?? "").split(delimiter), ...binFolders])].filter((folder) => isAbsolute(folder));
}

/**
 * A client for a located agent, by Node's own fetch.
 * Every call can throw, besides what the client throws: AGENT_UNREACHABLE for an agent elsewhere, AGENT_VERSION_MISMATCH for one that is too old.
 */
export function clientFor({ baseUrl, token, remote }: Located): Client {
  const ask = async (url: string, init: RequestInit): Promise<Response> => {
    let answer: Response;
    try {
      answer = await fetch(url, init);
    } catch (error) {
      if (!remote || isAbort(error)) throw error;
      throw new AgentError("AGENT_UNREACHABLE", { address: baseUrl, reason: reasonOf(error) }, { cause: error });
    }
    const agent = answer.headers.get(VERSION_HEADER);
    if (agent !== null && agent.localeCompare(MIN_AGENT_VERSION, "en", { numeric: true }) < 0)
      throw new AgentError("AGENT_VERSION_MISMATCH", { agent, client: VERSION, which: "the agent" });
    return answer;
  };
  return createClient({ fetch: ask, baseUrl, token });
}

/** What agent.json says; null when there is none or it is damaged: a running agent writes it anew. */
export function readAgentFile(here: Surroundings): { port: number; token: string } | null {
  const file = readJson(join(stateFolder(here), "agent.json"));
  if (!file || typeof file.port !== "number" || !Number.isInteger(file.port) || !isText(file.token)) return null;
  return { port: file.port, token: file.token };
}

function addressOf(text: string): URL {
  const problem = (reason: string, cause?: unknown) =>
    new AgentError("AGENT_ADDRESS_INVALID", { address: text, reason }, { cause });
  let url: URL;
  try {
    url = new URL(/^\w+:\/\//.test(text) ? text : `http://${text}`);
  } catch (error) {
    throw problem("it is no URL", error);
  }
  if (!/^https?:$/.test(url.protocol)) throw problem("it is neither http nor https");
  return url;
}

function reasonOf(error: unknown): string {
  // fetch says only that it failed; its cause says why.
  const { cause = error } = error as { cause?: unknown };
  const { code = "", message = String(cause) } = cause as { code?: string; message?: string };
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "no machine of that name was found";
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") return "it does not answer";
  return code || message;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: there may be another one
  }
}

function readJson(path: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // none, not readable, or half written: all mean that it does not tell
  }
}
