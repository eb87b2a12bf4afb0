/** What commands say about what they did. */
import { Clipboard, launchCommand, LaunchType, openExtensionPreferences, showToast, Toast } from "@raycast/api";
import { isAbort } from "@mlx-manager/shared";
import { startAgent } from "./launcher";
import { isAway, problemOf } from "./problems";
import { updateCommand } from "./update";

/** The context with which Search Models shows how the agent is installed: a toast and a menu have no screen of their own. */
export const INSTALL_GUIDE = { guide: "install" } as const;

/** Says that something failed, why, and what to do; with an action that does it where there is one. Something that was called off is no failure. */
export async function failed(title: string, error: unknown): Promise<void> {
  if (isAbort(error)) return;
  const toast = failureToast(title, error);
  await showToast(toast);
}

/** Says that something is done. */
export async function done(title: string, message?: string): Promise<void> {
  await showToast({ style: Toast.Style.Success, title, ...(message !== undefined && { message }) });
}

/** Titles of a toast's two ends. The one of success may depend on the result. */
export interface Endings<T> {
  success?: string | ((result: T) => string);
  failure?: string;
}

/**
 * Shows that something goes on, then how it ended. Failures are shown, not thrown.
 * @param title such as `Deleting Model…`.
 * @returns what the work answered; undefined when it failed.
 */
export async function withToast<T>(
  title: string,
  work: () => Promise<T>,
  { success = "Done", failure = "Could Not Do It" }: Endings<T> = {},
): Promise<T | undefined> {
  const toast = await showToast({ style: Toast.Style.Animated, title });
  try {
    const result = await work();
    toast.style = Toast.Style.Success;
    toast.title = typeof success === "string" ? success : success(result);
    return result;
  } catch (error) {
    if (isAbort(error)) {
      await toast.hide();
      return undefined;
    }
    const { style, title: failureTitle, message, primaryAction } = failureToast(failure, error);
    toast.style = style;
    toast.title = failureTitle;
    toast.message = message;
    toast.primaryAction = primaryAction;
    return undefined;
  }
}

function failureToast(title: string, error: unknown) {
  const { text: full, remedies } = problemOf(error);
  // A toast's button does what a screen tells to do with Enter.
  const text = isAway(error) ? (error as Error).message : full;
  return { style: Toast.Style.Failure, title, message: text, primaryAction: actionFor(remedies[0], title, text) };
}

function actionFor(remedy: string | undefined, title: string, text: string): Toast.ActionOptions {
  if (remedy === "start")
    return {
      title: "Start MLX Manager",
      onAction: () => void withToast("Starting MLX Manager…", startAgent, STARTING),
    };
  if (remedy === "install")
    return {
      title: "Show Install Guide",
      onAction: () =>
        void launchCommand({ name: "search-models", type: LaunchType.UserInitiated, context: INSTALL_GUIDE }),
    };
  if (remedy === "preferences")
    return { title: "Open Extension Preferences", onAction: () => void openExtensionPreferences() };
  if (remedy === "update")
    return { title: "Copy Update Command", onAction: () => void Clipboard.copy(updateCommand()) };
  if (remedy === "search")
    return {
      title: "Search Models",
      onAction: () => void launchCommand({ name: "search-models", type: LaunchType.UserInitiated }),
    };
  return { title: "Copy Error", onAction: () => void Clipboard.copy(`${title}: ${text}`) };
}

/** The words for starting the agent. */
export const STARTING = { success: "MLX Manager Is Running", failure: "Could Not Start MLX Manager" } as const;
