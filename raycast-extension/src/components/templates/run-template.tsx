/** Run Template: own templates and those of MLX Manager. */
import { Detail, Icon, List } from "@raycast/api";
import { templateNeeds, type Template } from "@mlx-manager/shared";
import { useEffect } from "react";
import { useAgent } from "../../hooks/use-agent";
import { useMaterial } from "../../hooks/use-material";
import { failed } from "../../lib/feedback";
import { inert } from "../../lib/markdown";
import { AgentList } from "../agent-list";
import { codeBlock } from "../servers/look";
import { EmptyTemplateActions, TemplateActions } from "./template-actions";
import { placesText } from "./template-form";
import { TemplateRun } from "./template-run";

/** What a deeplink or another command hands over: a template to run at once. */
export interface TemplateContext {
  templateId?: number;
  /** Its name; case does not matter. */
  template?: string;
}

/** Reads a context that anybody may have written into a deeplink. */
export function readTemplateContext(given: unknown): TemplateContext {
  if (typeof given !== "object" || given === null) return {};
  const { templateId, template } = given as Record<string, unknown>;
  return {
    ...(Number.isSafeInteger(templateId) && { templateId: templateId as number }),
    ...(typeof template === "string" && template.trim() !== "" && { template: template.trim() }),
  };
}

export function RunTemplate({ templateId, template: name }: TemplateContext) {
  const { material } = useMaterial();
  const { data, error, isLoading, revalidate, mutate } = useAgent(
    "templates",
    (client, signal) => client.listTemplates({ signal }),
    { topics: ["template"] },
  );
  const isAsked = templateId !== undefined || name !== undefined;
  const wanted = isAsked ? find(data ?? [], { templateId, template: name }) : undefined;
  const isGone = isAsked && data !== undefined && !isLoading && !error && !wanted;
  useEffect(() => {
    if (isGone) void failed("No Such Template", new Error(`There is no template ${name ?? templateId} any more.`));
  }, [isGone]);

  if (isAsked && !isGone && !error && (!wanted || !material)) return <Detail isLoading markdown="" />;
  if (wanted && material) return <TemplateRun template={wanted} material={material} />;
  const sections = [
    { title: "My Templates", templates: (data ?? []).filter(({ builtin }) => builtin === null) },
    { title: "Built-In", templates: (data ?? []).filter(({ builtin }) => builtin !== null) },
  ];
  return (
    <AgentList
      error={error}
      data={data}
      retry={revalidate}
      isLoading={isLoading || !material}
      isShowingDetail
      searchBarPlaceholder="Search templates"
    >
      {sections.map(({ title, templates }) => (
        <List.Section key={title} title={title}>
          {templates.map((template) => (
            <List.Item
              key={template.id}
              id={String(template.id)}
              icon={iconOf(template)}
              title={template.name}
              keywords={template.description?.split(/\s+/) ?? []}
              detail={<TemplateDetail template={template} />}
              actions={
                <TemplateActions
                  template={template}
                  material={material ?? { selection: null, clipboard: null }}
                  mutate={mutate}
                />
              }
            />
          ))}
        </List.Section>
      ))}
      <List.EmptyView icon={Icon.Stars} title="No Templates Found" actions={<EmptyTemplateActions />} />
    </AgentList>
  );
}

/** By id, else by name; an own one stands over one of the product. */
function find(templates: readonly Template[], { templateId, template }: TemplateContext): Template | undefined {
  const name = template?.toLowerCase();
  return (
    templates.find(({ id }) => id === templateId) ??
    templates.findLast((one) => name !== undefined && one.name.toLowerCase() === name)
  );
}

const iconOf = ({ text, builtin }: Template): Icon =>
  builtin !== null ? Icon.Stars : templateNeeds(text).selection ? Icon.TextCursor : Icon.Text;

function TemplateDetail({ template }: { template: Template }) {
  const { description, text, model, persona } = template;
  return (
    <List.Item.Detail
      markdown={[description && inert(description), codeBlock(text)].filter(Boolean).join("\n\n")}
      metadata={
        <List.Item.Detail.Metadata>
          <List.Item.Detail.Metadata.Label title="Places" text={placesText(text)} />
          <List.Item.Detail.Metadata.Label title="Model" text={model ?? "Default"} />
          <List.Item.Detail.Metadata.Label title="Persona" text={persona ?? "None"} />
        </List.Item.Detail.Metadata>
      }
    />
  );
}
