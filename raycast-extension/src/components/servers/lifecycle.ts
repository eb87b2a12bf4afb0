/** Start, stop and restart, told from beginning to end by one toast. */
import { Alert, confirmAlert, Icon, launchCommand, LaunchType, showToast, Toast } from "@raycast/api";
import { AgentError, type Client, type Profile, type Server } from "@mlx-manager/shared";
import { adviceFor } from "../../lib/advice";
import { agent } from "../../lib/agent";
import { failed, withToast } from "../../lib/feedback";
import { plural } from "../../lib/format";
import { chats } from "../../lib/models";
import { problemOf } from "../../lib/problems";

/** A profile as far as its server's life needs it. */
export interface Subject {
  readonly id: number;
  readonly name: string;
  /** What its model is made for; left out where nobody says, it is taken for one to chat with. */
  readonly modelType?: Profile["modelType"] | undefined;
}

/** Whether a chat may be offered. */
export const talks = ({ modelType }: Pick<Subject, "modelType">): boolean =>
  modelType === undefined || chats({ modelType });

type Verb = "start" | "restart";

/**
 * Starts, or restarts, a profile and follows it until it is healthy.
 * @param makeRoom unloads other models for it, as a request would.
 * @returns the healthy server; null when it was stopped or removed in the meantime.
 * @throws AgentError what the agent throws; SERVER_FAILED with the failure's own words; STREAM_BROKEN when the agent went away.
 */
export async function startAndFollow(
  client: Client,
  { id, name }: Subject,
  verb: Verb = "start",
  makeRoom = false,
): Promise<Server | null> {
  const left = new AbortController();
  const params = { profileId: id };
  const call = async (): Promise<Server | null> => {
    if (verb === "restart") await client.restartServer({ params });
    else await client.startServer({ params, body: makeRoom ? { makeRoom } : {} });
    // One that launchd runs may be there already: then no event comes.
    return (await client.listServers()).find((server) => server.profileId === id) ?? null;
  };
  try {
    let called: Promise<void> | undefined;
    return await new Promise<Server | null>((resolve, reject) => {
      let begun = false;
      const judge = (server: Server): void => {
        if (server.state === "starting") begun = true;
        if (server.state === "healthy") resolve(server);
        // What was failed before the call is no news.
        if (server.state === "failed" && begun) reject(serverFailed(name, server));
      };
      const begin = (): void => {
        called ??= call().then((server) => {
          // The call went well, so a failure is a new one.
          if (server?.state === "failed") begun = true;
          if (server) judge(server);
        }, reject);
      };
      const listen = async (): Promise<void> => {
        for await (const event of client.events({ topics: ["server"], signal: left.signal, onOpen: begin })) {
          // Of a restart the old server's last words come first.
          if (event.type === "server.updated" && event.data.profileId === id) {
            if (verb === "start" || begun || event.data.state === "starting") judge(event.data);
          } else if (event.type === "server.removed" && event.data.profileId === id && begun) resolve(null);
          else if (event.type === "stream.reset" && called) {
            // Events are missing: the end may have been among them.
            const server = (await client.listServers()).find((one) => one.profileId === id);
            if (server) judge(server);
          }
        }
        throw new AgentError("STREAM_BROKEN");
      };
      listen().catch(reject);
    });
  } finally {
    left.abort();
  }
}

function serverFailed(name: string, { failure, profileId }: Server): AgentError {
  const details = { name, profileId, reason: failure?.message ?? "it did not say why.", remedy: failure?.action ?? "" };
  return new AgentError("SERVER_FAILED", { ...details, logTail: failure?.logTail ?? [] });
}

/**
 * Starts or restarts with a toast: animated until it is healthy; a failure tells the reason, with an action that helps.
 * @param showLogs opens the log; the command Show Servers does where left out.
 */
export async function startWithToast(
  subject: Subject,
  verb: Verb = "start",
  showLogs: () => unknown = () => openLogs(subject.id),
  makeRoom = false,
): Promise<void> {
  const title = `${verb === "start" ? "Starting" : "Restarting"} ${subject.name}…`;
  const toast = await showToast({ style: Toast.Style.Animated, title });
  try {
    const server = await startAndFollow(agent(), subject, verb, makeRoom);
    if (server) {
      toast.style = Toast.Style.Success;
      toast.title = `${subject.name} Is Running`;
      if (talks(subject)) toast.primaryAction = { title: "Chat", onAction: () => openChat(subject.id) };
    } else {
      toast.style = Toast.Style.Failure;
      toast.title = `${subject.name} Was Stopped`;
    }
  } catch (error) {
    const { text } = problemOf(error);
    toast.style = Toast.Style.Failure;
    toast.title = `Could Not ${verb === "start" ? "Start" : "Restart"} ${subject.name}`;
    toast.message = text;
    const help = remedyFor(error, subject, { verb, makeRoom, showLogs });
    if (help) toast.primaryAction = help;
  }
}

interface Attempt {
  readonly verb: Verb;
  readonly makeRoom: boolean;
  readonly showLogs: () => unknown;
}

function remedyFor(
  error: unknown,
  subject: Subject,
  { verb, makeRoom, showLogs }: Attempt,
): Toast.ActionOptions | undefined {
  if (!(error instanceof AgentError)) return undefined;
  const { neededGb, budgetGb, engineId } = error.details;
  switch (error.code) {
    case "SERVER_FAILED":
      return { title: "Show Logs", onAction: () => showLogs() };
    case "NOT_ENOUGH_MEMORY":
      // No room helps a model that is larger than all of it, nor once it was made.
      if (makeRoom || Number(neededGb) > Number(budgetGb)) return undefined;
      // Only a start makes room. A restart is refused so only where nothing is in memory yet: it is a start.
      return { title: "Make Room and Start", onAction: () => startWithToast(subject, "start", showLogs, true) };
    case "ENGINE_NOT_INSTALLED":
      return {
        title: "Install Engine and Start",
        onAction: () => installThen(String(engineId), () => startWithToast(subject, verb, showLogs, makeRoom)),
      };
    case "MODEL_NOT_DOWNLOADED":
    case "MODEL_INCOMPLETE":
      return { title: "Download Model", onAction: () => download(String(error.details.modelId)) };
    default:
      return undefined;
  }
}

async function installThen(engineId: string, then: () => Promise<void>): Promise<void> {
  const installed = await withToast(
    `Installing ${engineId}…`,
    async () => {
      const client = agent();
      await client.installEngine({ params: { engineId } });
      for await (const step of client.watchInstall(engineId)) {
        if ("state" in step && step.error)
          throw new Error(`${step.error.message} ${adviceFor(step.error.code, step.error.action)}`);
      }
      return true;
    },
    { success: `${engineId} Is Installed`, failure: `Could Not Install ${engineId}` },
  );
  if (installed) await then();
}

async function download(modelId: string): Promise<void> {
  try {
    await agent().downloadModel({ body: { modelId } });
    await launchCommand({ name: "show-downloads", type: LaunchType.UserInitiated });
  } catch (error) {
    await failed("Could Not Download", error);
  }
}

/** Stops a server; asks first while it answers somebody. */
export async function stopWithToast(subject: Subject): Promise<void> {
  const active = await requestsOf(subject);
  if (
    active > 0 &&
    !(await confirmStop(
      `Stop ${subject.name}?`,
      `It works on ${plural(active, "request")}, which ${active === 1 ? "ends" : "end"} too.`,
    ))
  )
    return;
  await withToast(`Stopping ${subject.name}…`, () => agent().stopServer({ params: { profileId: subject.id } }), {
    success: ({ stopped }) => (stopped ? `${subject.name} Stopped` : `${subject.name} Was Not Running`),
    failure: `Could Not Stop ${subject.name}`,
  });
}

/** How many requests a profile's server works on at this moment: what a list shows of them comes from time to time only. */
async function requestsOf({ id }: Subject): Promise<number> {
  try {
    const { models } = await agent().getPool();
    return models.find(({ profileId }) => profileId === id)?.active ?? 0;
  } catch (error) {
    // An agent that does not answer is told by the stop itself.
    if (error instanceof AgentError) return 0;
    throw error;
  }
}

/** Stops these servers, after a question. */
export async function stopAllWithToast(subjects: readonly Subject[]): Promise<void> {
  const names = subjects.map(({ name }) => name).join(", ");
  if (!(await confirmStop("Stop All Servers?", `These end: ${names}.`))) return;
  await withToast(
    "Stopping All Servers…",
    async () => {
      const client = agent();
      const outcomes = await Promise.allSettled(
        subjects.map(({ id }) => client.stopServer({ params: { profileId: id } })),
      );
      // One that ended by itself meanwhile is what was wanted.
      const broken = outcomes.find((one) => one.status === "rejected" && !isNotRunning(one.reason));
      if (broken?.status === "rejected") throw broken.reason;
    },
    { success: "All Servers Stopped", failure: "Could Not Stop All Servers" },
  );
}

const isNotRunning = (error: unknown): boolean => error instanceof AgentError && error.code === "SERVER_NOT_RUNNING";

const confirmStop = (title: string, message: string): Promise<boolean> =>
  confirmAlert({
    title,
    message,
    icon: Icon.Stop,
    primaryAction: { title: "Stop", style: Alert.ActionStyle.Destructive },
  });

/** Opens Quick Chat with a profile. */
export const openChat = (profileId: number): Promise<void> => open("quick-chat", "Chat", profileId);

/** Opens Connect Client with a profile. */
export const openConnect = (profileId: number): Promise<void> => open("connect-client", "Connect Client", profileId);

/** Opens the log of a profile's server in Show Servers. */
export const openLogs = (profileId: number): Promise<void> => open("show-servers", "Logs", profileId);

async function open(name: string, what: string, profileId: number): Promise<void> {
  try {
    await launchCommand({ name, type: LaunchType.UserInitiated, context: { profileId } });
  } catch (error) {
    await failed(`Could Not Open ${what}`, error);
  }
}
