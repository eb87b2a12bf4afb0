/** What to do about an error, for somebody who sits in front of Raycast: the agent's own advice is often for a terminal or a program. */
import { adviceOnScreen, API_CALL } from "@mlx-manager/shared";

const DOWNLOAD = "Download it with the command Search Models.";
const START = "Start it with the command Start Profile.";
const GONE = "It was deleted meanwhile.";

/** In place of advice that leads to the command line or the HTTP API. */
const ADVICE: Readonly<Record<string, string>> = {
  MODEL_NOT_LOCAL: DOWNLOAD,
  MODEL_NOT_DOWNLOADED: DOWNLOAD,
  MODEL_NOT_HERE: DOWNLOAD,
  MODEL_INCOMPLETE: "Resume it with the command Show Downloads.",
  DOWNLOAD_NOT_FOUND: GONE,
  DOWNLOAD_STATE: "Start it again with the command Search Models if you want the model.",
  ENGINE_NOT_INSTALLED: "Use a model with the command Search Models: that installs what is missing.",
  ENGINE_BUSY: "Try again when it is done.",
  PROFILE_NOT_FOUND: "Choose another one in the command Manage Profiles.",
  PORT_TAKEN_BY_PROFILE: "Take another port.",
  PORT_IN_USE: "Take another port, or end that program.",
  SERVER_NOT_RUNNING: START,
  MODEL_NOT_RUNNING: START,
  ENGINE_UNREACHABLE: "Its log in the command Show Servers says why. Restart it if it does not come back by itself.",
  ENGINE_STREAM_BROKEN: "Ask again. Its log in the command Show Servers says why.",
  RUN_NOT_FOUND: "Ask again.",
  RUN_IN_PROGRESS: "Wait for its end, or stop it.",
  CHAT_NOT_FOUND: GONE,
  MESSAGE_NOT_FOUND: GONE,
  PERSONA_NOT_FOUND: GONE,
  TEMPLATE_NOT_FOUND: GONE,
};

/** Words that only a terminal or a program can do something with. */
const NOT_HERE = new RegExp(`${API_CALL.source}|\\bmlx-manager [a-z]`);

/**
 * @param code of the error; undefined where only its words are known.
 * @param action what the agent advises.
 * @returns sentences for the screen; empty where nothing is left to say.
 */
export function adviceFor(code: string | undefined, action: string): string {
  return adviceOnScreen(action, code === undefined ? undefined : ADVICE[code], NOT_HERE);
}
