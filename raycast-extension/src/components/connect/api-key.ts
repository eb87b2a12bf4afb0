/** The API key that was made here for the clients. The agent tells it once, and it is kept in this command's memory only. */
import { Clipboard, showToast, Toast } from "@raycast/api";
import { useSyncExternalStore } from "react";
import { agent } from "../../lib/agent";
import { failed } from "../../lib/feedback";

let known: { address: string; secret: string } | undefined;
const watchers = new Set<() => void>();

/** The key for an agent, on every screen of this command. @param address of the agent. */
export function useApiKey(address: string): string | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => (known?.address === address ? known.secret : undefined),
  );
}

/** Makes a key and puts it into all snippets. @param name how it is called in the list of keys. */
export async function createApiKey(address: string, name: string): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Creating API Key…" });
  try {
    const { secret } = await agent().createKey({ body: { name } });
    known = { address, secret };
    for (const watcher of watchers) watcher();
    toast.style = Toast.Style.Success;
    toast.title = "API Key Created";
    toast.message = "It is in the snippets now. It is told this once.";
    toast.primaryAction = { title: "Copy Key", onAction: () => Clipboard.copy(secret, { concealed: true }) };
  } catch (error) {
    await toast.hide();
    await failed("Could Not Create an API Key", error);
  }
}
