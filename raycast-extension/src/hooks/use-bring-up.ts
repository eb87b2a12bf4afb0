/** The action "Use": a model is brought up while a toast says how far it is. */
import { Alert, confirmAlert, launchCommand, LaunchType, open, showToast, Toast } from "@raycast/api";
import { useEffect, useRef } from "react";
import { AgentError, type Profile } from "@mlx-manager/shared";
import { agent } from "../lib/agent";
import { bringUp, CalledOff, type Stage } from "../lib/bring-up";
import { failed } from "../lib/feedback";
import { bytes, duration } from "../lib/format";
import { chats, hubUrl, shortName, type ModelRow } from "../lib/models";
import { pace } from "../lib/pace";
import { isAway, problemOf } from "../lib/problems";
import { forgetWanted, noteWanted, wantedModels } from "../lib/wanted-models";

/** Least time between two paintings, ms. */
const PAINT_MS = 50;

export interface UseOptions {
  /** Opens Quick Chat when the server answers. */
  chat: boolean;
  makeRoom?: boolean;
  /** It was asked for in a window that is closed now: the chat is offered, and does not open over what one does. */
  resumed?: boolean;
}
type Wanted = Pick<ModelRow, "modelId" | "local">;
export type Use = (row: Wanted, options: UseOptions) => Promise<void>;

/**
 * One model at a time and command: a second press on the same one changes nothing. Leaving the command ends the waiting, not the download; what
 * was to come after that is gone on with by the next command that has this hook.
 */
export function useBringUp(): Use {
  const running = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const all = running.current;
    return () => all.forEach((controller) => controller.abort());
  }, []);

  const use: Use = async (row, options) => {
    const { modelId } = row;
    if (running.current.has(modelId)) return;
    const controller = new AbortController();
    running.current.set(modelId, controller);
    const { signal } = controller;
    const toast = await showToast({ style: Toast.Style.Animated, title: `Preparing ${shortName(modelId)}` });
    let stage: Stage | undefined;
    const paint = pace<Stage>(PAINT_MS, (next) => Object.assign(toast, words(next)));
    toast.primaryAction = {
      title: "Cancel",
      onAction: () => {
        controller.abort();
        void callOff(modelId, stage, toast);
      },
    };
    try {
      if (row.local?.complete !== true) await noteWanted(modelId);
      const profile = await bringUp(agent(), modelId, row.local, {
        signal,
        makeRoom: options.makeRoom ?? false,
        onStage: (next) => {
          stage = next;
          // The agent loads it on by itself: once it was started it is not started again unasked.
          if (next.kind === "start") void forgetWanted(modelId);
          paint(next);
        },
        mayInstall,
      });
      paint.flush();
      await forgetWanted(modelId);
      await ready(profile, options, toast);
    } catch (error) {
      paint.cancel();
      // The window is closed, and it stays wanted; or it was called off, which takes it out itself.
      if (signal.aborted) return;
      // A download goes on without us: it stays wanted.
      if (!isBroken(error)) await forgetWanted(modelId);
      if (error instanceof CalledOff)
        Object.assign(toast, { ...PLAIN, style: Toast.Style.Success, title: "Stopped", message: error.message });
      else await explain(error, row, options, toast, use);
    } finally {
      paint.cancel();
      running.current.delete(modelId);
    }
  };
  const latest = useRef(use);
  latest.current = use;
  useEffect(() => {
    let isLeft = false;
    const goOn = async (): Promise<void> => {
      try {
        const tried = new Set<string>();
        // Asked anew each time: meanwhile one may have been canceled or paused.
        while (!isLeft) {
          const row = (await wantedModels(agent())).find(({ modelId }) => !tried.has(modelId));
          if (!row || isLeft) return;
          tried.add(row.modelId);
          await latest.current(row, { chat: true, resumed: true });
        }
      } catch (error) {
        // That the agent does not answer is what the whole screen says; it stays wanted.
        if (!isAway(error)) await failed("Could Not Go On with What You Wanted to Use", error);
      }
    };
    void goOn();
    return () => {
      isLeft = true;
    };
  }, []);
  return use;
}

/** The agent could not be heard any more; what it does goes on. */
const isBroken = (error: unknown): boolean =>
  isAway(error) || (error instanceof AgentError && error.code === "STREAM_BROKEN");

const PLAIN = { message: undefined, primaryAction: undefined, secondaryAction: undefined };

/** The agent downloads, and what comes after that is noted. */
const GOES_ON = "Goes on without this window";

function words(stage: Stage): { title: string; message: string } {
  switch (stage.kind) {
    case "download": {
      const { task } = stage;
      const title = `Downloading ${shortName(task.modelId)}`;
      if (task.status === "queued") return { title, message: `Waiting for other downloads · ${GOES_ON}` };
      if (task.totalBytes === null) return { title, message: "Asking the hub" };
      const parts = [`${Math.floor(task.progress)}% of ${bytes(task.totalBytes)}`];
      if (task.etaSeconds !== null) parts.push(`${duration(task.etaSeconds)} left`);
      parts.push(GOES_ON);
      return { title, message: parts.join(" · ") };
    }
    case "profile":
      return { title: "Preparing Its Profile", message: "" };
    case "engine":
      return { title: `Installing the Engine ${stage.engineId}`, message: stage.line };
    case "start":
      return { title: `Loading ${stage.profile.name}`, message: "The model is read into memory" };
  }
}

/** What was under way is left in order: a download keeps its bytes, a server that nobody waits for is stopped. */
async function callOff(modelId: string, stage: Stage | undefined, toast: Toast): Promise<void> {
  Object.assign(toast, { ...PLAIN, style: Toast.Style.Success, title: "Canceled" });
  try {
    await forgetWanted(modelId);
    if (stage?.kind === "download") {
      await agent().pauseDownload({ params: { taskId: stage.task.taskId } });
      toast.message = "The download is paused. What has arrived is kept.";
    } else if (stage?.kind === "engine") toast.message = "The engine is still being installed.";
    else if (stage?.kind === "start") {
      await agent().stopServer({ params: { profileId: stage.profile.id } });
      toast.message = `${stage.profile.name} is stopped.`;
    }
  } catch (error) {
    // It ended by itself in the meantime.
    if (error instanceof AgentError && (error.code === "DOWNLOAD_STATE" || error.code === "SERVER_NOT_RUNNING")) return;
    await failed("Could Not Cancel", error);
  }
}

function mayInstall(engineId: string): Promise<boolean> {
  return confirmAlert({
    title: "Install the Engine?",
    message: `This model runs on ${engineId}, which is not installed yet. It comes with a Python environment of its own, some hundred megabytes, kept by MLX Manager.`,
    primaryAction: { title: "Install Engine", style: Alert.ActionStyle.Default },
  });
}

async function ready(profile: Profile, { chat, resumed = false }: UseOptions, toast: Toast): Promise<void> {
  const openChat = async (): Promise<void> => {
    await toast.hide();
    try {
      await launchCommand({ name: "quick-chat", type: LaunchType.UserInitiated, context: { profileId: profile.id } });
    } catch (error) {
      await failed(`${profile.name} Is Ready, but Quick Chat Did Not Open`, error);
    }
  };
  const isForChat = chat && chats(profile);
  if (isForChat && !resumed) return openChat();
  Object.assign(toast, {
    ...PLAIN,
    style: Toast.Style.Success,
    title: `${profile.name} Is Ready`,
    ...(isForChat && { primaryAction: { title: "Chat", onAction: openChat } }),
  });
}

/** A failure in the agent's words, with the action that helps. */
async function explain(error: unknown, row: Wanted, options: UseOptions, toast: Toast, use: Use): Promise<void> {
  const again = (title: string, changes: Partial<UseOptions> = {}): Toast.ActionOptions => ({
    title,
    onAction: () => void use(row, { ...options, ...changes }),
  });
  const action = remedyFor(error, row, options, again);
  if (!(error instanceof AgentError) || !action) {
    await toast.hide();
    await failed(`Could Not Use ${shortName(row.modelId)}`, error);
    return;
  }
  Object.assign(toast, {
    ...PLAIN,
    style: Toast.Style.Failure,
    title: `Could Not Use ${shortName(row.modelId)}`,
    message: problemOf(error).text,
    primaryAction: action,
  });
}

/** Failures that pass, or that were put right meanwhile. */
const WORTH_ANOTHER_TRY = new Set([
  "DISK_FULL",
  "HUB_UNREACHABLE",
  "HUB_ERROR",
  "HUB_RATE_LIMITED",
  "DOWNLOAD_STALLED",
  "CHECKSUM_MISMATCH",
  "ENGINE_INSTALL_FAILED",
  "MEMORY_PRESSURE",
  "SERVER_FAILED",
  "STREAM_BROKEN",
]);

function remedyFor(
  error: unknown,
  { modelId }: Wanted,
  { makeRoom = false }: UseOptions,
  again: (title: string, changes?: Partial<UseOptions>) => Toast.ActionOptions,
): Toast.ActionOptions | undefined {
  if (!(error instanceof AgentError)) return undefined;
  if (error.code === "MODEL_GATED")
    return { title: "Open on Hugging Face", onAction: () => void open(hubUrl(modelId)) };
  const { neededGb, budgetGb } = error.details;
  if (error.code === "NOT_ENOUGH_MEMORY" && !makeRoom && Number(neededGb) <= Number(budgetGb))
    return again("Unload Others and Start", { makeRoom: true });
  return WORTH_ANOTHER_TRY.has(error.code) ? again("Try Again") : undefined;
}
