/** The fields of the form. Only those that the engine knows are on the screen. */
import { Form } from "@raycast/api";
import { LOG_LEVELS, MODEL_TYPES, PROFILE_HOSTS } from "@mlx-manager/shared";
import { Area, common, Switch, Text, type FieldsProps } from "./field";
import { OTHER_MODEL } from "./form-values";
import { EngineField, KINDS, ModelField, TemplateField } from "./pickers";
import type { Purpose } from "./use-profile-form";

export function BasicFields({ form, purpose }: FieldsProps & { purpose: Purpose }) {
  const { model, values } = form;
  const window = model?.characteristics.contextWindow;
  return (
    <>
      <ModelField form={form} purpose={purpose} />
      <Text
        form={form}
        field="modelText"
        title="Model ID or Folder"
        placeholder="mlx-community/Qwen3-4B-4bit"
        info="A model of the hub by its name, or the whole path of a model folder inside the folders that MLX Manager may use."
      />
      {values.model === OTHER_MODEL && values.modelText.trim() !== "" && !model && !/^[/~]/.test(values.modelText) && (
        <Form.Description text="This model is not on this machine. Download it with Search Models before the first start." />
      )}
      {form.shows("modelType") && (
        <Form.Dropdown {...common(form, "modelType")} title="Kind">
          {MODEL_TYPES.map((type) => (
            <Form.Dropdown.Item key={type} value={type} title={KINDS[type]} />
          ))}
        </Form.Dropdown>
      )}
      <Text form={form} field="name" title="Name" placeholder="Name of the profile" />
      <EngineField form={form} />
      <Text
        form={form}
        field="contextLength"
        title="Context Length"
        placeholder={window ? `${window} tokens, the model's own` : "The model's own"}
        info="Tokens of prompt and answer together. Less takes less memory."
      />
      <Text
        form={form}
        field="aliases"
        title="Aliases"
        placeholder="gpt-4o, claude-sonnet"
        info="More names under which clients find this profile, separated by commas."
      />
      <Area
        form={form}
        field="systemPrompt"
        title="System Prompt"
        placeholder="You are a helpful assistant."
        info="Used where a request brings none."
      />
      <Form.Separator />
      <Text
        form={form}
        field="idleMinutes"
        title="Unload after Minutes"
        placeholder="Never"
        info="Without a request for so long, the model leaves memory. The next request loads it again."
      />
      <Switch
        form={form}
        field="pinned"
        title="Memory"
        label="Pinned"
        info="Never unloaded to make room for another model."
      />
      <Switch
        form={form}
        field="autoStart"
        title="Server"
        label="Start by Itself"
        info="With the agent, or at login where it is installed there."
      />
      <Switch form={form} field="restartOnCrash" label="Restart on Crash" />
      <Switch
        form={form}
        field="exposePort"
        label="Expose Own Port"
        info="Programs may reach the engine past MLX Manager: without keys, queue and measuring. Most need only the base URL."
      />
      <Text form={form} field="port" title="Port" />
    </>
  );
}

export function SamplingFields({ form }: FieldsProps) {
  const own = "The engine's own";
  return (
    <>
      <Form.Separator />
      <Switch
        form={form}
        field="showSampling"
        title="Sampling"
        label="Set Defaults"
        info="Used where a request does not say. What is left empty is the engine's own."
      />
      <Text
        form={form}
        field="temperature"
        title="Temperature"
        placeholder={own}
        info="0 always takes the likeliest token."
      />
      <Text form={form} field="topP" title="Top P" placeholder={own} />
      <Text form={form} field="topK" title="Top K" placeholder={own} />
      <Text form={form} field="minP" title="Min P" placeholder={own} />
      <Text form={form} field="maxTokens" title="Max Tokens" placeholder={own} info="Longest answer." />
      <Text form={form} field="repetitionPenalty" title="Repetition Penalty" placeholder={own} />
      <Text form={form} field="presencePenalty" title="Presence Penalty" placeholder={own} />
      <Text form={form} field="frequencyPenalty" title="Frequency Penalty" placeholder={own} />
      <Text form={form} field="seed" title="Seed" placeholder="Random" />
    </>
  );
}

export function AdvancedFields({ form }: FieldsProps) {
  const { values, model } = form;
  return (
    <>
      <Form.Separator />
      <Switch form={form} field="showAdvanced" title="Advanced" label="Show" />
      <Text form={form} field="description" title="Description" />
      {form.shows("host") && values.exposePort && (
        <Form.Dropdown {...common(form, "host")} title="Host">
          {PROFILE_HOSTS.map((host) => (
            <Form.Dropdown.Item key={host} value={host} title={host} />
          ))}
        </Form.Dropdown>
      )}
      <Text form={form} field="maxConcurrency" title="Requests at Once" placeholder="The engine's own limit" />
      <Text form={form} field="queueSize" title="Queue Size" info="Requests that may wait; more are refused." />
      <Text form={form} field="queueTimeout" title="Queue Timeout" info="Seconds that a request may wait." />
      <Text
        form={form}
        field="toolCallParser"
        title="Tool Call Parser"
        placeholder={model?.characteristics.toolCallParser ?? "None"}
      />
      <Text
        form={form}
        field="reasoningParser"
        title="Reasoning Parser"
        placeholder={model?.characteristics.reasoningParser ?? "None"}
      />
      <Switch form={form} field="enableAutoToolChoice" title="Tools" label="Let the Model Choose Tools" />
      <Switch form={form} field="trustRemoteCode" title="Model Code" label="Trust Remote Code" />
      {form.shows("trustRemoteCode") && values.trustRemoteCode && (
        <Form.Description
          title="⚠ Warning"
          text="Python code from the model's repository will run on this machine with your rights: it can read and change your files. Leave it off unless you trust its author."
        />
      )}
      <TemplateField form={form} />
      {form.shows("logLevel") && (
        <Form.Dropdown {...common(form, "logLevel")} title="Log Level">
          {LOG_LEVELS.map((level) => (
            <Form.Dropdown.Item key={level} value={level} title={level} />
          ))}
        </Form.Dropdown>
      )}
      <Text
        form={form}
        field="logFile"
        title="Log File"
        placeholder="None"
        info="Name of a further file the engine writes, in the state folder's logs."
      />
      <Switch form={form} field="noLogFile" title="Engine Log" label="Write No Log File" />
      <Area
        form={form}
        field="extraArgs"
        title="More Options"
        placeholder={"--max-tokens\n512"}
        info="For the engine's command line: one option or value a line, never a shell command."
      />
    </>
  );
}
