/** Start Profile: what the command does. */
import { closeMainWindow, showHUD, type Toast } from "@raycast/api";
import { AgentError, type Client, type Profile } from "@mlx-manager/shared";
import { preferences } from "./preferences.js";
import { oneProfile } from "./profile-match.js";
import { defaultProfile, readyWords, runProfile } from "./run-profile.js";
import { Late, opens, tellFailure, withAgent } from "./without-window.js";

/** Whom to start: by id, by a name as people type it, or whoever is the default. */
export interface Wanted {
  readonly profileId?: number;
  readonly name?: string;
  readonly makeRoom?: boolean;
}

/** Starts a profile, tells by HUDs that it loads and that it answers. Failures are told, not thrown. */
export async function startByName(wanted: Wanted): Promise<void> {
  let profile: Profile | undefined;
  try {
    const running = await withAgent(async (client) => {
      const chosen = (profile = await choose(client, wanted));
      let accepted = false;
      try {
        return await runProfile(client, chosen, {
          makeRoom: wanted.makeRoom ?? false,
          onAccepted: async () => {
            accepted = true;
            // The model loads in the agent, whatever becomes of this window.
            await closeMainWindow();
            await showHUD(`Starting ${chosen.name}…`);
          },
        });
      } catch (error) {
        throw accepted ? new Late(`Could Not Start ${chosen.name}`, error) : error;
      }
    });
    await showHUD(readyWords(profile as Profile, running));
  } catch (error) {
    const title = profile === undefined ? "Could Not Start" : `Could Not Start ${profile.name}`;
    await tellFailure(title, error, helpFor(error, profile));
  }
}

async function choose(client: Client, { profileId, name }: Wanted): Promise<Profile> {
  if (profileId !== undefined) return client.getProfile({ params: { id: profileId } });
  const profiles = await client.listProfiles();
  if (name === undefined || profiles.length === 0)
    return defaultProfile(client, profiles, preferences().defaultProfile);
  return oneProfile(profiles, name);
}

function helpFor(error: unknown, profile: Profile | undefined): Toast.ActionOptions | undefined {
  if (!(error instanceof AgentError)) return undefined;
  const { nearest, neededGb, budgetGb, modelId } = error.details;
  switch (error.code) {
    case "PROFILE_NOT_FOUND":
      return typeof nearest === "string"
        ? opens(`Start ${nearest}`, "start-profile", undefined, { profile: nearest })
        : opens("Show Profiles", "manage-profiles");
    case "NOT_ENOUGH_MEMORY":
      if (!profile || Number(neededGb) > Number(budgetGb)) return opens("Show Servers", "show-servers");
      return opens("Unload Others and Start", "start-profile", { profileId: profile.id, makeRoom: true });
    case "ENGINE_NOT_INSTALLED":
      return opens("Show in Manage Profiles", "manage-profiles", profile && { profileId: profile.id });
    case "MODEL_NOT_DOWNLOADED":
    case "MODEL_INCOMPLETE":
      return opens("Find the Model", "search-models", { query: String(modelId) });
    default:
      return undefined;
  }
}
