/** A longer message, with files. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { useEffect, useRef, useState } from "react";
import type { InputPart, MessagePart } from "@mlx-manager/shared";
import { agent } from "../../lib/agent";
import { attach } from "../../lib/chat/files";
import { failed } from "../../lib/feedback";

export interface MessageFormProps {
  submitTitle: string;
  /** Title of the message that it was refused. */
  failure: string;
  initialText: string;
  /** Files of the message that stay. */
  kept?: readonly MessagePart[];
  /** Ends when the agent has taken the message, not with its answer; rejects where it is refused. */
  onSubmit: (text: string, parts: InputPart[]) => Promise<void>;
}

interface Values {
  text: string;
  files: string[];
}

/** It stays, with what was written and chosen, until the agent has taken the message. */
export function MessageForm({ submitTitle, failure, initialText, kept = [], onSubmit }: MessageFormProps) {
  const { pop } = useNavigation();
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => void (isShown.current = false);
  }, []);

  async function submit({ text, files }: Values): Promise<void> {
    if (isLoading) return;
    const said = text.trim();
    if (said === "" && files.length === 0 && kept.length === 0) {
      setProblem("Write something, or choose a file");
      return;
    }
    setLoading(true);
    let title = "Could Not Attach the Files";
    try {
      const parts = await attach(agent(), files);
      title = failure;
      await onSubmit(said, parts);
    } catch (error) {
      setLoading(false);
      await failed(title, error);
      return;
    }
    // Who left the form meanwhile is elsewhere: nothing else may be closed.
    if (isShown.current) pop();
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
