/** What a screen says when something is in the way, and what helps. */
import { AgentError } from "@mlx-manager/shared";
import { adviceFor } from "./advice.js";

/** Where the agent's repository can be looked at and cloned from; null as long as it is not published. */
export const REPOSITORY_URL: string | null = null;
/** What installs and starts the agent, in the clone of its repository. */
export const INSTALL_COMMAND = "npm start";
/** What the agent needs that a Mac does not bring along. */
export const REQUIREMENTS_COMMAND = "brew install node uv";
/** Brings an agent that is a clone of its repository, which is the one way to install it today, to the newest state. Models stay loaded. */
export const UPDATE_COMMAND = "git pull && { npx mlx-manager stop --keep-servers; npm start -- --detach; }";

/** What can be done from a screen, the best first. */
export type Remedy = "start" | "install" | "update" | "preferences" | "search" | "retry";

export interface ProblemText {
  readonly title: string;
  readonly text: string;
  readonly remedies: readonly Remedy[];
}

/** Errors that mean: nothing can be done with the agent at all. */
const AWAY: Readonly<Record<string, { title: string; remedies: readonly Remedy[] }>> = {
  AGENT_NOT_RUNNING: { title: "MLX Manager Is Not Running", remedies: ["start", "retry", "preferences"] },
  SHUTTING_DOWN: { title: "MLX Manager Is Stopping", remedies: ["start", "retry"] },
  AGENT_START_FAILED: { title: "MLX Manager Did Not Start", remedies: ["start", "retry", "install"] },
  AGENT_NOT_INSTALLED: { title: "MLX Manager Is Not Installed", remedies: ["install", "preferences", "retry"] },
  AGENT_VERSION_MISMATCH: { title: "MLX Manager Needs an Update", remedies: ["update", "retry"] },
  AGENT_UNREACHABLE: { title: "MLX Manager Cannot Be Reached", remedies: ["retry", "preferences"] },
  AGENT_ADDRESS_INVALID: { title: "The Agent Address Is Not Valid", remedies: ["preferences"] },
  UNAUTHORIZED: { title: "MLX Manager Refuses the Key", remedies: ["preferences", "retry"] },
  INVALID_API_KEY: { title: "MLX Manager Refuses the Key", remedies: ["preferences", "retry"] },
  API_KEY_NOT_FOR_MANAGEMENT: { title: "The Key Opens Only Models", remedies: ["preferences", "retry"] },
  FORBIDDEN_HOST: { title: "MLX Manager Refuses the Address", remedies: ["preferences", "retry"] },
};

const KEY_TEXT =
  "Enter the token from agent.json of that agent's state folder as Agent Key in the extension's preferences. An API key is not enough: it opens models, not their management.";
/** Where the table's own advice is for the command line. */
const TEXTS: Readonly<Record<string, string>> = {
  AGENT_NOT_RUNNING: "Press Enter to start it.",
  SHUTTING_DOWN: "Press Enter to start it again.",
  AGENT_NOT_INSTALLED: "Press Enter to see how to install it. If it is, name its State Folder in the preferences.",
  UNAUTHORIZED: KEY_TEXT,
  INVALID_API_KEY: KEY_TEXT,
  API_KEY_NOT_FOR_MANAGEMENT: KEY_TEXT,
  FORBIDDEN_HOST: "Use the machine's IP address in the preferences, or add the name to allowed_hosts there.",
};

/** Where {@link problemOf} speaks of a key, and there is none to press. */
const WITHOUT_ENTER: Readonly<Record<string, string>> = {
  AGENT_NOT_RUNNING: "",
  SHUTTING_DOWN: "Try again in a moment.",
  AGENT_NOT_INSTALLED: "The command Search Models of the extension shows how to install it.",
};

/** What happened and what to do, in plain sentences: for a HUD, and for a model that reads it. */
export function sentenceOf(error: unknown): string {
  const advice = error instanceof AgentError ? WITHOUT_ENTER[error.code] : undefined;
  return advice === undefined ? problemOf(error).text : `${(error as Error).message} ${advice}`.trim();
}

/** Whether the agent itself is the problem: rows of before are no use then. */
export function isAway(error: unknown): boolean {
  return error instanceof AgentError && error.code in AWAY;
}

/** The words for an error. */
export function problemOf(error: unknown): ProblemText {
  if (!(error instanceof AgentError)) {
    const text = error instanceof Error ? error.message : String(error);
    return { title: "Something Went Wrong", text, remedies: ["retry"] };
  }
  if (error.code === "NO_MODEL")
    return {
      title: "No Model Yet",
      text: "Find one that fits this machine. It is downloaded, started and ready to chat in a few keystrokes.",
      remedies: ["search", "retry"],
    };
  const away = AWAY[error.code];
  const which = error.code === "AGENT_VERSION_MISMATCH" && error.details.which !== "the agent" ? "extension" : "agent";
  if (which === "extension")
    return {
      title: "This Extension Needs an Update",
      text: `${error.message} Update it in the Raycast Store.`,
      remedies: ["retry"],
    };
  const advice = TEXTS[error.code] ?? adviceFor(error.code, error.action);
  return {
    title: away?.title ?? "Something Went Wrong",
    text: `${error.message} ${advice}`.trim(),
    remedies: away?.remedies ?? ["retry"],
  };
}
