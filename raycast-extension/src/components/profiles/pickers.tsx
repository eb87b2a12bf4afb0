/** The fields in which one chooses: model, engine, template. */
import { Form } from "@raycast/api";
import type { Engine, LocalModel, ModelType } from "@mlx-manager/shared";
import { isRemote } from "../../lib/agent";
import { bytes } from "../../lib/format";
import { common, type FieldsProps } from "./field";
import { OTHER_MODEL } from "./form-values";
import type { Purpose } from "./use-profile-form";

export const KINDS: Record<ModelType, string> = {
  lm: "Text",
  multimodal: "Text and Images",
  whisper: "Speech to Text",
  embeddings: "Embeddings",
  "image-generation": "Image Generation",
  "image-edit": "Image Editing",
};

export function ModelField({ form, purpose }: FieldsProps & { purpose: Purpose }) {
  const models = form.choices?.models ?? [];
  const given = purpose.kind === "create" ? purpose.modelPath : purpose.profile.modelPath;
  const isMissing = given !== undefined && !models.some(({ modelId }) => modelId === given);
  const { model } = form;
  return (
    <Form.Dropdown
      {...common(form, "model")}
      title="Model"
      {...(model && {
        info: `${bytes(model.sizeBytes)} on disk; needs about ${bytes(model.memory.totalBytes)} of memory`,
      })}
    >
      {isMissing && <Form.Dropdown.Item value={given} title={given} />}
      <Form.Dropdown.Section title="On This Machine">
        {models.map((one: LocalModel) => (
          <Form.Dropdown.Item
            key={one.modelId}
            value={one.modelId}
            title={one.modelId}
            keywords={[one.characteristics.architecture ?? "", KINDS[one.characteristics.modelType]]}
          />
        ))}
      </Form.Dropdown.Section>
      <Form.Dropdown.Section>
        <Form.Dropdown.Item value={OTHER_MODEL} title="Another One…" />
      </Form.Dropdown.Section>
    </Form.Dropdown>
  );
}

export function EngineField({ form }: FieldsProps) {
  const engines = form.choices?.engines ?? [];
  const type = form.values.modelType as ModelType;
  const able = engines.filter(({ capabilities }) => capabilities.modelTypes.includes(type));
  const standard = able.find(({ defaultFor }) => defaultFor.includes(type));
  return (
    <Form.Dropdown {...common(form, "engine")} title="Engine">
      <Form.Dropdown.Item value="" title={standard ? `Default (${engineTitle(standard)})` : "Default"} />
      {able.map((engine) => (
        <Form.Dropdown.Item key={engine.id} value={engine.id} title={engineTitle(engine)} />
      ))}
    </Form.Dropdown>
  );
}

const STATES: Record<Engine["state"], string> = {
  installed: "",
  missing: ", not installed",
  installing: ", being installed",
  broken: ", needs repair",
};
const engineTitle = ({ name, state }: Engine): string => `${name}${STATES[state]}`;

/** A file of this disk is picked; one of another machine is typed. */
export function TemplateField({ form }: FieldsProps) {
  if (!form.shows("chatTemplateFile")) return null;
  const { value, onChange, ...props } = common(form, "chatTemplateFile");
  const title = "Chat Template";
  const info = "A Jinja file in place of the model's own template, inside the folders that MLX Manager may use.";
  if (isRemote()) return <Form.TextField {...props} value={value} onChange={onChange} title={title} info={info} />;
  return (
    <Form.FilePicker
      {...props}
      title={title}
      info={info}
      allowMultipleSelection={false}
      value={value === "" ? [] : [value]}
      onChange={([file]) => onChange(file ?? "")}
    />
  );
}
