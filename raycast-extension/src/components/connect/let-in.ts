/** What a client needs turned on in MLX Manager, done from here after a question. */
import { Alert, confirmAlert, Icon } from "@raycast/api";
import type { SettingsUpdate } from "@mlx-manager/shared";
import { agent } from "../../lib/agent";
import { withToast } from "../../lib/feedback";

/** The name under which a Docker container reaches its machine. */
export const DOCKER_HOST = "host.docker.internal";

interface Opening {
  readonly title: string;
  readonly message: string;
  /** What the button of the question says. */
  readonly action: string;
  readonly doing: string;
  readonly success: string;
  readonly failure: string;
}

/** The settings tell the screen by their event: its snippets change by themselves. */
async function openUp(opening: Opening, body: () => SettingsUpdate | Promise<SettingsUpdate>): Promise<void> {
  const isWanted = await confirmAlert({
    title: opening.title,
    message: opening.message,
    icon: Icon.LockUnlocked,
    primaryAction: { title: opening.action, style: Alert.ActionStyle.Default },
  });
  if (isWanted) await withToast(opening.doing, async () => agent().updateSettings({ body: await body() }), opening);
}

/** Lets Ollama's clients ask, after a question. @param port where they then are answered. */
export const turnOnOllama = (port: number): Promise<void> =>
  openUp(
    {
      title: "Turn On the Ollama Listener?",
      message: `MLX Manager then also answers on port ${port}, the way Ollama does. Programs on this Mac can use your models there; other machines cannot reach it.`,
      action: "Turn On",
      doing: "Turning On the Ollama Listener…",
      success: "Ollama Listener Is On",
      failure: "Could Not Turn On the Ollama Listener",
    },
    () => ({ ollamaEnabled: true }),
  );

/** Lets Docker containers in, after a question. Names that are let in already stay. */
export const letContainersIn = (): Promise<void> =>
  openUp(
    {
      title: "Let Containers In?",
      message: `Docker containers on this Mac can then reach MLX Manager as ${DOCKER_HOST}. Each of their requests needs an API key.`,
      action: "Let In",
      doing: "Letting Containers In…",
      success: "Containers Are Let In",
      failure: "Could Not Let Containers In",
    },
    // Read only now: another window may have added a name.
    async () => ({ allowedHosts: [...new Set([...(await agent().getSettings()).allowedHosts, DOCKER_HOST])] }),
  );
