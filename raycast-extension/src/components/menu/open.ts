/** Opens other commands from the menu. */
import { launchCommand, LaunchType, showHUD } from "@raycast/api";

/** An item's handler that opens a command. */
export const opener = (name: string, context?: Record<string, unknown>) => async (): Promise<void> => {
  try {
    await launchCommand({ name, type: LaunchType.UserInitiated, ...(context && { context }) });
  } catch (error) {
    // A command that its owner has turned off.
    await showHUD(error instanceof Error ? error.message : String(error));
  }
};
