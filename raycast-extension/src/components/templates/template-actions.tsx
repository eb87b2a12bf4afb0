/** What can be done with a template. */
import { Action, ActionPanel, Alert, confirmAlert, Icon, Keyboard } from "@raycast/api";
import { createDeeplink } from "@raycast/utils";
import type { Template } from "@mlx-manager/shared";
import type { UseAgent } from "../../hooks/use-agent";
import type { Material } from "../../hooks/use-material";
import { agent } from "../../lib/agent";
import { done, failed } from "../../lib/feedback";
import { Personas } from "./personas";
import { TemplateForm } from "./template-form";
import { TemplateRun } from "./template-run";
import { TransferActions } from "./transfer-actions";

export interface TemplateActionsProps {
  template: Template;
  material: Material;
  mutate: UseAgent<Template[]>["mutate"];
}

export function TemplateActions({ template, material, mutate }: TemplateActionsProps) {
  const { id, name, text } = template;
  const isOwn = template.builtin === null;

  async function remove(): Promise<void> {
    const sure = await confirmAlert({
      title: `Delete ${name}?`,
      message: "The template is deleted for good. Chats begun with it stay.",
      icon: Icon.Trash,
      primaryAction: { title: "Delete Template", style: Alert.ActionStyle.Destructive },
    });
    if (!sure) return;
    try {
      await mutate((async () => agent().deleteTemplate({ params: { id } }))(), {
        optimisticUpdate: (templates) => templates.filter((one) => one.id !== id),
      });
      await done("Template Deleted", name);
    } catch (error) {
      await failed("Could Not Delete the Template", error);
    }
  }

  return (
    <ActionPanel title={name}>
      <ActionPanel.Section>
        <Action.Push
          title="Run Template"
          icon={Icon.Play}
          target={<TemplateRun template={template} material={material} isPushed />}
        />
        <Action.Push
          title="Run with Options…"
          icon={Icon.Gear}
          shortcut={{ modifiers: ["cmd"], key: "return" }}
          target={<TemplateRun template={template} material={material} asks isPushed />}
        />
        <Action.CopyToClipboard title="Copy Text" content={text} shortcut={Keyboard.Shortcut.Common.Copy} />
        <Action.CreateQuicklink
          title="Create Quicklink"
          icon={Icon.Link}
          quicklink={{
            name: `Run ${name}`,
            link: createDeeplink({ command: "run-template", context: { template: name } }),
          }}
        />
      </ActionPanel.Section>
      <ActionPanel.Section title="Template">
        <CreateTemplateAction />
        {isOwn && (
          <Action.Push
            title="Edit Template…"
            icon={Icon.Pencil}
            shortcut={Keyboard.Shortcut.Common.Edit}
            target={<TemplateForm template={template} />}
          />
        )}
        <Action.Push
          title="Duplicate Template…"
          icon={Icon.Duplicate}
          shortcut={Keyboard.Shortcut.Common.Duplicate}
          target={<TemplateForm template={template} isCopy />}
        />
        {isOwn && (
          <Action
            title="Delete Template"
            icon={Icon.Trash}
            style={Action.Style.Destructive}
            shortcut={Keyboard.Shortcut.Common.Remove}
            onAction={remove}
          />
        )}
      </ActionPanel.Section>
      <MoreActions />
    </ActionPanel>
  );
}

/** Of a search that found nothing. */
export function EmptyTemplateActions() {
  return (
    <ActionPanel>
      <CreateTemplateAction />
      <MoreActions />
    </ActionPanel>
  );
}

const CreateTemplateAction = () => (
  <Action.Push
    title="Create Template…"
    icon={Icon.Plus}
    shortcut={Keyboard.Shortcut.Common.New}
    target={<TemplateForm />}
  />
);

function MoreActions() {
  return (
    <>
      <ActionPanel.Section>
        <Action.Push title="Manage Personas…" icon={Icon.TwoPeople} target={<Personas />} />
      </ActionPanel.Section>
      <TransferActions />
    </>
  );
}
