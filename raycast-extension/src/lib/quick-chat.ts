/** Opens the command Quick Chat. */
import { launchCommand, LaunchType } from "@raycast/api";
import type { ChatContext } from "../components/chat/types";
import { failed } from "./feedback";

/** @param context the chat to open, or what a new one begins with (`fresh`: anew). Nothing: where one left off. */
export async function openQuickChat(context: ChatContext & { fresh?: boolean }): Promise<void> {
  try {
    await launchCommand({ name: "quick-chat", type: LaunchType.UserInitiated, context: { ...context } });
  } catch (error) {
    await failed("Could Not Open Quick Chat", error);
  }
}
