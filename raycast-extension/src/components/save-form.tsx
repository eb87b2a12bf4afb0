/** Where a text is saved as a new file. */
import { Action, ActionPanel, Form, Icon, showInFinder, showToast, Toast, useNavigation } from "@raycast/api";
import { useState } from "react";
import { failed } from "../lib/feedback";
import { downloadsFolder, saveNew } from "../lib/save-file";

export interface SaveFormProps {
  title: string;
  /** Proposed, with its ending. */
  name: string;
  /** A choice that the text depends on. */
  option?: { label: string; info: string };
  /** @param chosen the option. */
  text: (chosen: boolean) => Promise<string>;
}

interface Values {
  folder: string[];
  name: string;
  option?: boolean;
}

export function SaveForm({ title, name, option, text }: SaveFormProps) {
  const { pop } = useNavigation();
  const [problem, setProblem] = useState<string>();

  async function save(values: Values): Promise<void> {
    const wanted = values.name.trim();
    if (!isFileName(wanted)) return setProblem(wanted === "" ? "Needed" : "A name, not a path");
    const [folder = downloadsFolder()] = values.folder;
    try {
      const path = await saveNew(folder, wanted, await text(values.option === true));
      pop();
      await showToast({
        style: Toast.Style.Success,
        title: "File Saved",
        message: path,
        primaryAction: { title: "Show in Finder", onAction: () => void showInFinder(path) },
      });
    } catch (error) {
      await failed("Could Not Save the File", error);
    }
  }

  return (
    <Form
      navigationTitle={title}
      actions={
        <ActionPanel>
          <Action.SubmitForm title="Save File" icon={Icon.SaveDocument} onSubmit={save} />
        </ActionPanel>
      }
    >
      <Form.FilePicker
        id="folder"
        title="Folder"
        defaultValue={[downloadsFolder()]}
        canChooseFiles={false}
        canChooseDirectories
        allowMultipleSelection={false}
      />
      <Form.TextField
        id="name"
        title="File Name"
        defaultValue={name}
        info="Where there is one of that name, a number is added: nothing is written over."
        {...(problem !== undefined && { error: problem })}
        onChange={() => setProblem(undefined)}
      />
      {option && <Form.Checkbox id="option" label={option.label} info={option.info} />}
    </Form>
  );
}

const isFileName = (name: string): boolean => name !== "" && !/[/\\\0]/.test(name) && name !== "." && name !== "..";
