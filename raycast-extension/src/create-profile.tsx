/** Create Profile. A launch context `{ modelPath }` chooses the model. */
import type { LaunchProps } from "@raycast/api";
import { ProfileForm } from "./components/profiles/profile-form";
import type { FormValues } from "./components/profiles/form-values";

export default function Command({
  launchContext,
  draftValues,
}: LaunchProps<{ launchContext?: { modelPath?: unknown }; draftValues?: Partial<FormValues> }>) {
  const modelPath = typeof launchContext?.modelPath === "string" ? launchContext.modelPath : undefined;
  return (
    <ProfileForm
      purpose={{ kind: "create", modelPath }}
      isRoot
      {...(draftValues && { draftValues: draftValues as Partial<FormValues> })}
    />
  );
}
