/** Own templates and personas to another machine and back. */
import { Action, ActionPanel, Clipboard, Form, Icon, showHUD, showToast, Toast, useNavigation } from "@raycast/api";
import { readFile } from "node:fs/promises";
import { useState } from "react";
import { agent } from "../../lib/agent";
import { done, failed } from "../../lib/feedback";
import { exportText, importedText, readExport } from "../../lib/prompts";
import { SaveForm } from "../save-form";

export function TransferActions() {
  return (
    <ActionPanel.Section title="Export and Import">
      <Action title="Copy Prompts as JSON" icon={Icon.CopyClipboard} onAction={copyAll} />
      <Action.Push
        title="Save Prompts as JSON…"
        icon={Icon.SaveDocument}
        target={<SaveForm title="Save Prompts as JSON" name="MLX Manager Prompts.json" text={allPrompts} />}
      />
      <Action title="Import Prompts from Clipboard" icon={Icon.Download} onAction={importClipboard} />
      <Action.Push title="Import Prompts from File…" icon={Icon.Download} target={<ImportForm />} />
    </ActionPanel.Section>
  );
}

/** @throws Error where there is nothing of one's own. */
async function allPrompts(): Promise<string> {
  const prompts = await agent().exportPrompts({ query: { what: "all" } });
  if (prompts.templates.length + prompts.personas.length === 0)
    throw new Error("There is no template or persona of your own yet. Those of MLX Manager are on every machine.");
  return exportText(prompts);
}

async function copyAll(): Promise<void> {
  try {
    await Clipboard.copy(await allPrompts());
    await showHUD("Copied Prompts as JSON");
  } catch (error) {
    await failed("Could Not Export", error);
  }
}

async function importClipboard(): Promise<void> {
  try {
    const text = await Clipboard.readText();
    if (text === undefined || text.trim() === "") throw new Error("The clipboard holds no text.");
    await done("Prompts Imported", await imported(text));
  } catch (error) {
    await failed("Could Not Import", error);
  }
}

/** All or nothing; what has a name that is taken gets a number. */
async function imported(text: string): Promise<string> {
  return importedText(await agent().importPrompts({ body: readExport(text) }));
}

function ImportForm() {
  const { pop } = useNavigation();
  const [problem, setProblem] = useState<string>();

  async function submit({ file: [path] }: { file: string[] }): Promise<void> {
    if (path === undefined) return setProblem("Needed");
    try {
      const words = await imported(await readFile(path, "utf8"));
      pop();
      await showToast({ style: Toast.Style.Success, title: "Prompts Imported", message: words });
    } catch (error) {
      await failed("Could Not Import", error);
    }
  }

  return (
    <Form
      navigationTitle="Import Prompts"
      actions={
        <ActionPanel>
          <Action.SubmitForm title="Import Prompts" icon={Icon.Download} onSubmit={submit} />
        </ActionPanel>
      }
    >
      <Form.FilePicker
        id="file"
        title="File"
        info="What Save Prompts as JSON… wrote. Nothing that is here is changed: where a name is taken, a number is added."
        allowMultipleSelection={false}
        {...(problem !== undefined && { error: problem })}
        onChange={() => setProblem(undefined)}
      />
    </Form>
  );
}
