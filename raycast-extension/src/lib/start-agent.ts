/** Starts an installed agent and waits until it answers. */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "@mlx-manager/shared";
import {
  clientFor,
  findInstalled,
  isElsewhere,
  locate,
  searchPath,
  stateFolder,
  type Surroundings,
} from "./find-agent.js";

/** How long a start may take, ms: a first start makes the database and may wait for a busy disk. */
const READY_MS = 60_000;
/** How often we look whether it answers, ms. The app tells nobody when it is ready. */
const LOOK_MS = 100;
/** Of what a failed start printed, so many lines are told. */
const TOLD_LINES = 3;

/**
 * @param here where to look for it.
 * @param openApp opens a macOS app in the background.
 * @param readyMs how long it may take.
 * @throws AgentError AGENT_NOT_INSTALLED, AGENT_START_FAILED, AGENT_UNREACHABLE for an agent elsewhere.
 */
export async function startInstalled(
  here: Surroundings,
  openApp: (path: string) => Promise<void>,
  readyMs = READY_MS,
): Promise<void> {
  if (isElsewhere(here)) {
    const reason = "an agent on another machine has to be started there";
    throw new AgentError("AGENT_UNREACHABLE", { address: here.address, reason });
  }
  if (await answers(here)) return;
  const installed = findInstalled(here);
  if (!installed) throw new AgentError("AGENT_NOT_INSTALLED", { folder: stateFolder(here) });
  const deadline = Date.now() + readyMs;
  if (installed.kind === "app") await openApp(installed.path);
  else {
    const ended = await runStart(installed.command, here, readyMs);
    // One that another program has started meanwhile will do.
    if (!ended.ok && !(await answers(here))) throw startFailed(here, ended.reason);
  }
  while (!(await answers(here))) {
    if (Date.now() > deadline) throw startFailed(here, `it did not answer within ${Math.round(readyMs / 1000)} s.`);
    await sleep(LOOK_MS);
  }
}

async function answers(here: Surroundings): Promise<boolean> {
  try {
    await clientFor(locate(here)).health();
    return true;
  } catch (error) {
    // Not there yet. Anything else (too old, something else on its port) is for the screen that asks next to tell.
    if (error instanceof AgentError) return !["AGENT_NOT_RUNNING", "AGENT_NOT_INSTALLED"].includes(error.code);
    throw error;
  }
}

const startFailed = (here: Surroundings, reason: string, cause?: unknown): AgentError =>
  new AgentError("AGENT_START_FAILED", { reason, log: join(stateFolder(here), "logs", "start.log") }, { cause });

/** Runs `start --detach`, which ends when the agent is ready, or says why it is not. */
function runStart(
  command: readonly string[],
  here: Surroundings,
  readyMs: number,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  const [program = "", ...args] = command;
  const port = here.address === undefined ? "" : new URL(locate(here).baseUrl).port;
  const env = {
    ...here.env,
    MLX_MANAGER_HOME: stateFolder(here),
    // The command may be a script that looks for `node`, which is often beside it.
    PATH: [...searchPath(here), dirname(program)].join(delimiter),
  };
  return new Promise((resolve) => {
    const child = spawn(program, [...args, "start", "--detach", "--no-starter", ...(port ? ["--port", port] : [])], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4096)));
    const timer = setTimeout(() => child.kill(), readyMs);
    const end = (result: { ok: true } | { ok: false; reason: string }): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.once("error", (error) => end({ ok: false, reason: error.message }));
    child.once("close", (code, signal) => {
      if (code === 0) return end({ ok: true });
      const lines = said.split("\n").map((line) => line.replace(/^✗ /, "").trim());
      const told = lines
        .filter((line) => line !== "")
        .slice(-TOLD_LINES)
        .join(" ");
      end({ ok: false, reason: told || (signal ? `it did not get ready in time.` : `it ended with code ${code}.`) });
    });
  });
}
