/** One text to change. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { useEffect, useRef, useState } from "react";
import { failed } from "../../lib/feedback";

export interface TextFormProps {
  title: string;
  info?: string;
  submitTitle: string;
  initial: string;
  multiline?: boolean;
  /** Title of the message that it was refused. */
  failure?: string;
  /** Rejects where it is refused. */
  onSubmit: (text: string) => Promise<void>;
}

/** It stays, with what was written, until that is saved. */
export function TextForm({
  title,
  info,
  submitTitle,
  initial,
  multiline = false,
  failure = "Could Not Save It",
  onSubmit,
}: TextFormProps) {
  const { pop } = useNavigation();
  const [isLoading, setLoading] = useState(false);
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => void (isShown.current = false);
  }, []);

  async function submit({ text }: { text: string }): Promise<void> {
    if (isLoading) return;
    setLoading(true);
    try {
      await onSubmit(text.trim());
    } catch (error) {
      setLoading(false);
      await failed(failure, error);
      return;
    }
    // Who left the form meanwhile is elsewhere: nothing else may be closed.
    if (isShown.current) pop();
  }

  const field = { id: "text", title, defaultValue: initial, ...(info !== undefined && { info }) };
  return (
    <Form
      isLoading={isLoading}
      actions={
        <ActionPanel>
          <Action.SubmitForm title={submitTitle} icon={Icon.Checkmark} onSubmit={submit} />
        </ActionPanel>
      }
    >
      {multiline ? <Form.TextArea {...field} /> : <Form.TextField {...field} />}
    </Form>
  );
}
