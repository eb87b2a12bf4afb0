/** The extension's preferences, as the person set them in Raycast. */
import { getPreferenceValues } from "@raycast/api";

export interface ExtensionPreferences {
  /** Name or alias of the profile that answers where no other is chosen. */
  defaultProfile?: string;
  /** Of an agent elsewhere, such as `http://studio.local:10239`. */
  address?: string;
  /** Token for that address. */
  key?: string;
  stateFolder?: string;
  /** What Enter does on a profile or a model: open a chat, start or stop it, or copy its base URL. */
  enterAction: "chat" | "start" | "copy";
  /** How an answer is shown while it is written. */
  streamingView: "list" | "detail";
}

/** The preferences now. Texts that hold nothing but spaces count as not set. */
export function preferences(): ExtensionPreferences {
  const set = getPreferenceValues<Partial<ExtensionPreferences>>();
  return {
    enterAction: set.enterAction ?? "chat",
    streamingView: set.streamingView ?? "list",
    ...text("defaultProfile", set.defaultProfile),
    ...text("address", set.address),
    ...text("key", set.key),
    ...text("stateFolder", set.stateFolder),
  };
}

function text<K extends string>(name: K, value: string | undefined): { [N in K]?: string } {
  const trimmed = value?.trim();
  return (trimmed ? { [name]: trimmed } : {}) as { [N in K]?: string };
}
