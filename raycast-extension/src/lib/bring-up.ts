/** From a model, on the hub or here, to a server that answers: download, profile, engine, start. Everything lasting happens in the agent. */
import {
  AgentError,
  isErrorCode,
  type Client,
  type DownloadTask,
  type LocalModel,
  type Profile,
  type Server,
} from "@mlx-manager/shared";
import { shortName } from "./models.js";

/** How far it is. */
export type Stage =
  | { kind: "download"; task: DownloadTask }
  | { kind: "profile" }
  | { kind: "engine"; engineId: string; line: string }
  | { kind: "start"; profile: Profile };

export interface BringUpOptions {
  signal: AbortSignal;
  onStage(stage: Stage): void;
  /** Asks whether a missing engine may be installed. */
  mayInstall(engineId: string): Promise<boolean>;
  /** Unloads other models for this one. */
  makeRoom?: boolean;
}

/** It ended without a failure: somebody paused or canceled the download, or did not want the engine. */
export class CalledOff extends Error {
  override readonly name = "CalledOff";
}

/**
 * Brings a model up and waits until its server answers.
 * @throws AgentError the agent's own words for what failed; CalledOff; the signal's reason when it is aborted. A download goes on then.
 */
export async function bringUp(
  client: Client,
  modelId: string,
  local: LocalModel | null,
  options: BringUpOptions,
): Promise<Profile> {
  const { signal, onStage } = options;
  const here = local?.complete ? local : await fetchModel(client, modelId, options);
  signal.throwIfAborted();
  onStage({ kind: "profile" });
  const profile = await profileFor(client, here, signal);
  signal.throwIfAborted();
  onStage({ kind: "start", profile });
  await start(client, profile, options);
  await untilHealthy(client, profile, signal);
  return profile;
}

async function fetchModel(client: Client, modelId: string, { signal, onStage }: BringUpOptions): Promise<LocalModel> {
  const { taskId } = await client.downloadModel({ body: { modelId }, signal });
  for await (const task of client.watchDownload(taskId, signal)) {
    onStage({ kind: "download", task });
    if (task.status === "failed") throw taskError(task);
    if (task.status === "paused") throw new CalledOff("The download is paused. What has arrived is kept.");
    if (task.status === "cancelled") throw new CalledOff("The download is canceled.");
  }
  signal.throwIfAborted();
  const model = (await client.listLocalModels({ signal })).find((one) => one.modelId === modelId);
  if (!model) throw new AgentError("MODEL_NOT_LOCAL", { modelId });
  return model;
}

/** Why a task failed, as an error. */
export function taskError({ error, modelId }: DownloadTask): AgentError {
  const { code = "", message = `The download of ${modelId} failed.`, action = "Try again." } = error ?? {};
  return new AgentError(isErrorCode(code) ? code : "UNEXPECTED_ANSWER", { modelId }, { message, action });
}

/** The profile that serves a model, the oldest one; made where there is none. */
async function profileFor(client: Client, model: LocalModel, signal: AbortSignal): Promise<Profile> {
  const profiles = await client.listProfiles({ signal });
  const path = model.source === "folder" ? model.localPath : model.modelId;
  const known = profiles.find((one) => one.modelPath === path || one.modelPath === model.localPath);
  if (known) return known;
  const { modelType, toolCallParser, reasoningParser } = model.characteristics;
  const taken = new Set(profiles.flatMap((one) => [one.name, ...one.aliases]).map((name) => name.toLowerCase()));
  const base = shortName(model.modelId).slice(0, 72);
  let name = base;
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${base} ${i}`;
  const enableAutoToolChoice = toolCallParser !== null;
  const body = { name, modelPath: path, modelType, toolCallParser, reasoningParser, enableAutoToolChoice };
  return client.createProfile({ body, signal });
}

/** Starts a profile; an engine that is missing is installed first, if wanted. One that runs already is good. */
async function start(client: Client, profile: Profile, options: BringUpOptions): Promise<void> {
  const { signal, makeRoom = false } = options;
  const call = { params: { profileId: profile.id }, body: makeRoom ? { makeRoom } : {}, signal };
  try {
    await client.startServer(call);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    if (error.code === "SERVER_ALREADY_RUNNING") return;
    const { engineId } = error.details;
    if ((error.code !== "ENGINE_NOT_INSTALLED" && error.code !== "ENGINE_BUSY") || typeof engineId !== "string")
      throw error;
    if (error.code === "ENGINE_NOT_INSTALLED" && !(await options.mayInstall(engineId)))
      throw new CalledOff("The model is here; its engine is not installed.");
    await installEngine(client, engineId, options);
    options.onStage({ kind: "start", profile });
    await client.startServer(call);
  }
}

async function installEngine(client: Client, engineId: string, { signal, onStage }: BringUpOptions): Promise<void> {
  onStage({ kind: "engine", engineId, line: "" });
  try {
    await client.installEngine({ params: { engineId }, signal });
  } catch (error) {
    // Another window installs it: its lines are as good.
    if (!(error instanceof AgentError) || error.code !== "ENGINE_BUSY") throw error;
  }
  for await (const step of client.watchInstall(engineId, signal)) {
    if ("text" in step) onStage({ kind: "engine", engineId, line: step.text });
    else if (step.state !== "installed") {
      const { message, action } = step.error ?? {};
      throw new AgentError(
        "ENGINE_INSTALL_FAILED",
        { engineId, reason: "see its log" },
        { ...(message !== undefined && { message }), ...(action !== undefined && { action }) },
      );
    }
  }
  signal.throwIfAborted();
}

/**
 * Waits for a started server by the event stream, however long it loads.
 * @throws AgentError SERVER_FAILED with the failure's own words, STREAM_BROKEN when the agent goes away.
 */
export async function untilHealthy(
  client: Client,
  profile: Pick<Profile, "id" | "name">,
  signal: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const isReady = (server: Server): boolean => {
    if (server.state === "healthy") return true;
    if (server.state !== "failed" && server.state !== "stopped") return false;
    const { message = "it was stopped.", action = "Start it again." } = server.failure ?? {};
    throw new AgentError("SERVER_FAILED", { name: profile.name, reason: message, remedy: action });
  };
  try {
    const params = { profileId: profile.id };
    let opened: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (opened = resolve));
    const events = client.events({ topics: ["server"], signal: either, onOpen: opened });
    const first = events.next();
    // Its failure is met below where it matters; leaving early makes it fail too.
    first.catch(() => undefined);
    // Asked once the agent listens: no change can fall between. A stream that does not open is told by its first value.
    await Promise.race([open, first]);
    if (isReady(await client.getServer({ params, signal }))) return;
    for (let next = await first; next.done !== true; next = await events.next()) {
      const { type, data } = next.value;
      if (type === "server.removed" && data.profileId === profile.id)
        throw new AgentError("SERVER_FAILED", {
          name: profile.name,
          reason: "it was stopped.",
          remedy: "Start it again.",
        });
      if (type === "server.updated" && data.profileId === profile.id && isReady(data)) return;
    }
    signal.throwIfAborted();
    throw new AgentError("STREAM_BROKEN");
  } finally {
    left.abort();
  }
}
