/** Changes to a profile that need no form, each told by a toast. */
import { Alert, Clipboard, confirmAlert, Icon, showToast, Toast } from "@raycast/api";
import { AgentError, profileExport, type Profile, type ProfileExport } from "@mlx-manager/shared";
import { agent } from "../../lib/agent";
import { done, failed, withToast } from "../../lib/feedback";
import { plural } from "../../lib/format";
import type { Row } from "../servers/house";

/** Whether the server is one that must end before. */
const runs = ({ server }: Row): boolean => server !== null && server.state !== "failed";

/** Deletes it after a question; a running one is stopped first. */
export async function deleteProfile(row: Row): Promise<void> {
  const { profile } = row;
  const also = [
    runs(row) && "It runs: its server is stopped first.",
    profile.launchdInstalled && "It is removed from login.",
  ].filter((sentence) => sentence !== false);
  const confirmed = await confirmAlert({
    title: `Delete ${profile.name}?`,
    message: [...also, "The model stays on this machine."].join(" "),
    icon: Icon.Trash,
    primaryAction: { title: "Delete", style: Alert.ActionStyle.Destructive },
  });
  if (!confirmed) return;
  const client = agent();
  await withToast(
    `Deleting ${profile.name}…`,
    async () => {
      if (runs(row)) await stopIfRunning(profile.id);
      await client.deleteProfile({ params: { id: profile.id } });
    },
    { success: `${profile.name} Deleted`, failure: `Could Not Delete ${profile.name}` },
  );
}

async function stopIfRunning(profileId: number): Promise<void> {
  try {
    await agent().stopServer({ params: { profileId } });
  } catch (error) {
    // It ended by itself since the list was drawn.
    if (!(error instanceof AgentError && error.code === "SERVER_NOT_RUNNING")) throw error;
  }
}

/** Sets the profile that answers clients who name none; null leaves it to what runs. */
export async function makeDefault(profile: Profile | null): Promise<void> {
  await withToast(
    "Changing Default…",
    () => agent().updateSettings({ body: { defaultProfileId: profile?.id ?? null } }),
    { success: profile ? `${profile.name} Is the Default` : "No Default", failure: "Could Not Change the Default" },
  );
}

/** Keeps its model in memory, or no longer. */
export async function setPinned({ id, name }: Profile, pinned: boolean): Promise<void> {
  await withToast(
    pinned ? `Pinning ${name}…` : `Unpinning ${name}…`,
    () => agent().updateProfile({ params: { id }, body: { pinned } }),
    { success: pinned ? `${name} Is Pinned` : `${name} Is Unpinned`, failure: `Could Not Change ${name}` },
  );
}

/** Hands it to launchd, which runs it from login on. A server of the agent's own is stopped first, after a question. */
export async function installAtLogin(row: Row): Promise<void> {
  const { profile } = row;
  if (runs(row)) {
    const confirmed = await confirmAlert({
      title: `Hand ${profile.name} to launchd?`,
      message: "It runs now. It is stopped, and launchd starts it again: now, and at each login.",
      icon: Icon.House,
      primaryAction: { title: "Stop and Install" },
    });
    if (!confirmed) return;
  }
  const client = agent();
  const params = { id: profile.id };
  await withToast(
    `Installing ${profile.name} at Login…`,
    async () => {
      if (runs(row)) await stopIfRunning(profile.id);
      // The job runs at login only for a profile that starts by itself.
      if (!profile.autoStart) await client.updateProfile({ params, body: { autoStart: true } });
      try {
        await client.installLaunchd({ params: { profileId: profile.id } });
      } catch (error) {
        if (!profile.autoStart) await client.updateProfile({ params, body: { autoStart: false } });
        throw error;
      }
    },
    { success: `${profile.name} Starts at Login`, failure: `Could Not Install ${profile.name} at Login` },
  );
}

/** Takes it from launchd; it no longer starts by itself. */
export async function removeFromLogin(row: Row): Promise<void> {
  const { profile } = row;
  if (runs(row)) {
    const confirmed = await confirmAlert({
      title: `Remove ${profile.name} from Login?`,
      message: "Its server, which launchd runs, ends.",
      icon: Icon.House,
      primaryAction: { title: "Remove", style: Alert.ActionStyle.Destructive },
    });
    if (!confirmed) return;
  }
  const client = agent();
  await withToast(
    `Removing ${profile.name} from Login…`,
    async () => {
      await client.uninstallLaunchd({ params: { profileId: profile.id } });
      if (profile.autoStart) await client.updateProfile({ params: { id: profile.id }, body: { autoStart: false } });
    },
    {
      success: `${profile.name} No Longer Starts at Login`,
      failure: `Could Not Remove ${profile.name} from Login`,
    },
  );
}

/** Copies it for another machine. */
export async function copyAsJson(profile: Profile): Promise<void> {
  try {
    const bundle = await agent().exportProfiles({ query: { ids: String(profile.id) } });
    const { data, error } = profileExport.safeEncode(bundle);
    if (!data) throw error;
    await Clipboard.copy(JSON.stringify(data, null, 2));
    await done("Copied as JSON");
  } catch (error) {
    await failed(`Could Not Copy ${profile.name}`, error);
  }
}

/** Takes over the profiles that another machine's Copy as JSON put on the clipboard. */
export async function importFromClipboard(): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Importing Profiles…" });
  try {
    const { imported, changes } = await agent().importProfiles({ body: readBundle(await Clipboard.readText()) });
    toast.style = Toast.Style.Success;
    toast.title = `${plural(imported.length, "Profile")} Imported`;
    if (changes.length > 0) {
      toast.message = changes.join(" ");
      toast.primaryAction = { title: "Copy Changes", onAction: () => Clipboard.copy(changes.join("\n")) };
    }
  } catch (error) {
    await toast.hide();
    await failed("Could Not Import", error);
  }
}

function readBundle(text: string | undefined): ProfileExport {
  const wrong = "The clipboard holds no profiles. Copy some with Copy as JSON first.";
  let json: unknown;
  try {
    json = JSON.parse(text ?? "");
  } catch (cause) {
    throw new Error(wrong, { cause });
  }
  const { data, error } = profileExport.safeDecode(json as never);
  if (!data) throw new Error(wrong, { cause: error });
  return data;
}
