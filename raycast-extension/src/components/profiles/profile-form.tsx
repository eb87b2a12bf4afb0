/** Create, edit or duplicate a profile. */
import {
  Action,
  ActionPanel,
  Detail,
  Form,
  Icon,
  Keyboard,
  launchCommand,
  LaunchType,
  showToast,
  Toast,
  useNavigation,
} from "@raycast/api";
import { AgentError, type Profile, type ProfileCreateInput } from "@mlx-manager/shared";
import { agent } from "../../lib/agent";
import { failed } from "../../lib/feedback";
import { Problem, ProblemActions } from "../problem";
import { startWithToast } from "../servers/lifecycle";
import { fieldProblems } from "./agent-problems";
import { AdvancedFields, BasicFields, SamplingFields } from "./fields";
import { changesOf, knows, optionsOf, valuesOf, type FieldName, type FormValues } from "./form-values";
import { useProfileForm, type ProfileFormState, type Purpose } from "./use-profile-form";

export interface ProfileFormProps {
  purpose: Purpose;
  /** The command itself, not pushed: only there Raycast keeps drafts. */
  isRoot?: boolean;
  draftValues?: Partial<FormValues>;
}

export function ProfileForm({ purpose, isRoot = false, draftValues }: ProfileFormProps) {
  const form = useProfileForm(purpose, draftValues);
  const { pop } = useNavigation();
  // Without choices there is nothing to fill in; with them, what was typed stays on the screen.
  if (form.error && !form.choices) return <Problem error={form.error} retry={form.retry} as="detail" />;
  if (!form.choices) return <Detail isLoading markdown="" />;
  return (
    <Form
      isLoading={form.isLoading}
      enableDrafts={isRoot && !(purpose.kind === "create" && purpose.modelPath)}
      {...(!isRoot && { navigationTitle: titleOf(purpose) })}
      actions={
        form.error ? (
          <ProblemActions error={form.error} retry={form.retry} />
        ) : (
          <ActionPanel>
            <Action.SubmitForm
              title={purpose.kind === "edit" ? "Save Profile" : "Create Profile"}
              icon={Icon.SaveDocument}
              onSubmit={() => save(form, purpose, isRoot, pop)}
            />
            <Action
              title={form.values.showAdvanced ? "Hide Advanced Options" : "Show Advanced Options"}
              icon={Icon.Cog}
              shortcut={{ modifiers: ["cmd", "shift"], key: "a" }}
              onAction={() => form.set("showAdvanced", !form.values.showAdvanced)}
            />
            <Action
              title="Refresh"
              icon={Icon.ArrowClockwise}
              shortcut={Keyboard.Shortcut.Common.Refresh}
              onAction={() => form.retry()}
            />
          </ActionPanel>
        )
      }
    >
      {purpose.kind === "edit" && purpose.profile.warnings.length > 0 && (
        <Form.Description title="Warnings" text={purpose.profile.warnings.join("\n")} />
      )}
      <BasicFields form={form} purpose={purpose} />
      <SamplingFields form={form} />
      <AdvancedFields form={form} />
    </Form>
  );
}

const titleOf = (purpose: Purpose): string =>
  purpose.kind === "create"
    ? "Create Profile"
    : `${purpose.kind === "edit" ? "Edit" : "Duplicate"} ${purpose.profile.name}`;

/** Saves; what the agent refuses is told at its field, and everything typed stays. */
async function save(form: ProfileFormState, purpose: Purpose, isRoot: boolean, pop: () => void): Promise<boolean> {
  if (form.check() !== undefined) {
    await showToast({ style: Toast.Style.Failure, title: "Check the Marked Fields" });
    return false;
  }
  const options = sentOptions(form, purpose);
  const isEdit = purpose.kind === "edit";
  const toast = await showToast({
    style: Toast.Style.Animated,
    title: isEdit ? "Saving Profile…" : "Creating Profile…",
  });
  try {
    const saved = isEdit ? await update(purpose.profile, options) : await agent().createProfile({ body: options });
    if (saved && isRoot && (await showInList(saved))) return true;
    toast.style = Toast.Style.Success;
    toast.title = saved === null ? "Nothing Changed" : `${saved.name} ${isEdit ? "Saved" : "Created"}`;
    if (saved) await offerNext(toast, saved, isEdit);
    pop();
    return true;
  } catch (error) {
    await toast.hide();
    const problems = fieldProblems(error, form.values);
    if (problems) form.blame(problems);
    if (!problems) await failed(isEdit ? "Could Not Save the Profile" : "Could Not Create the Profile", error);
    else
      await showToast({
        style: Toast.Style.Failure,
        title: "Check the Marked Fields",
        message: Object.values(problems).join(" "),
      });
    return false;
  }
}

/** Goes on in Manage Profiles, which says that it is made: this command ends here, and with it what its toast could do. */
async function showInList({ id, name }: Profile): Promise<boolean> {
  try {
    const context = { profileId: id, created: name };
    await launchCommand({ name: "manage-profiles", type: LaunchType.UserInitiated, context });
    return true;
  } catch {
    return false; // that command is switched off in Raycast: the toast here says it
  }
}

async function update(profile: Profile, options: ProfileCreateInput): Promise<Profile | null> {
  const body = changesOf(profile, options);
  if (Object.keys(body).length === 0) return null;
  return agent().updateProfile({ params: { id: profile.id }, body });
}

/** Start for what is stopped; Restart for what runs with the old options. */
async function offerNext(toast: Toast, saved: Profile, isEdit: boolean): Promise<void> {
  const runs = isEdit && (await isRunning(saved.id));
  if (runs) toast.message = "The running server takes it up at its next start.";
  else if (saved.warnings[0] !== undefined) toast.message = saved.warnings[0];
  toast.primaryAction = runs
    ? { title: "Restart", onAction: () => startWithToast(saved, "restart") }
    : { title: "Start", onAction: () => startWithToast(saved) };
}

async function isRunning(profileId: number): Promise<boolean> {
  try {
    return (await agent().getServer({ params: { profileId } })).state !== "failed";
  } catch (error) {
    if (error instanceof AgentError && error.code === "SERVER_NOT_RUNNING") return false;
    throw error;
  }
}

/** The form's options, without those the engine has no equivalent for: these stay as they were. */
function sentOptions(form: ProfileFormState, purpose: Purpose): ProfileCreateInput {
  const { values, engine } = form;
  const before = purpose.kind === "create" ? undefined : optionsOf(valuesOf(purpose.profile));
  const options = optionsOf(values);
  const unknown = (Object.keys(values) as FieldName[]).filter((field) => !knows(engine, field));
  const sampling: Record<string, unknown> = { ...options.sampling };
  const plain: Record<string, unknown> = { ...options };
  for (const field of unknown) {
    const holder = field in plain ? plain : sampling;
    const old = field in plain ? before?.[field as keyof ProfileCreateInput] : before?.sampling?.[field as never];
    if (old === undefined) delete holder[field];
    else holder[field] = old;
  }
  const result = { ...plain, sampling } as ProfileCreateInput;
  // A port nobody asked for is left to the agent: it knows what is free at that moment.
  if (!form.shows("port")) delete result.port;
  return result;
}
