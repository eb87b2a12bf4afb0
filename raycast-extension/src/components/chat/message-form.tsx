/** A longer message, with files. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { useState } from "react";
import type { InputPart, MessagePart } from "@mlx-manager/shared";
import { agent } from "../../lib/agent";
import { attach } from "../../lib/chat/files";
import { failed } from "../../lib/feedback";

export interface MessageFormProps {
  submitTitle: string;
  initialText: string;
  /** Files of the message that stay. */
  kept?: readonly MessagePart[];
  onSubmit: (text: string, parts: InputPart[]) => Promise<void>;
}

interface Values {
  text: string;
  files: string[];
}

export function MessageForm({ submitTitle, initialText, kept = [], onSubmit }: MessageFormProps) {
  const { pop } = useNavigation();
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit({ text, files }: Values): Promise<void> {
    if (isLoading) return;
    const said = text.trim();
    if (said === "" && files.length === 0 && kept.length === 0) {
      setProblem("Write something, or choose a file");
      return;
    }
    setLoading(true);
    let parts: InputPart[];
    try {
      parts = await attach(agent(), files);
    } catch (error) {
      // The form stays, with what was written.
      setLoading(false);
      await failed("Could Not Attach the Files", error);
      return;
    }
    pop();
    // Not awaited by the form: it is gone, and the answer may take minutes.
    void onSubmit(said, parts);
  }

  const names = kept.flatMap((part) => ("name" in part ? [part.name] : []));
  return (
    <Form
      isLoading={isLoading}
      actions={
        <ActionPanel>
          <Action.SubmitForm title={submitTitle} icon={Icon.ArrowUpCircle} onSubmit={submit} />
        </ActionPanel>
      }
    >
      <Form.TextArea
        id="text"
        title="Message"
        placeholder="Ask anything"
        defaultValue={initialText}
        enableMarkdown
        {...(problem !== undefined && { error: problem })}
        onChange={() => setProblem(undefined)}
      />
      <Form.FilePicker id="files" title="Files" allowMultipleSelection canChooseDirectories={false} defaultValue={[]} />
      {names.length > 0 && <Form.Description title="Stays Attached" text={names.join(", ")} />}
    </Form>
  );
}
