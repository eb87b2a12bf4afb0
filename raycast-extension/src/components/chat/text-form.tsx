/** One text to change. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";

export interface TextFormProps {
  title: string;
  info?: string;
  submitTitle: string;
  initial: string;
  multiline?: boolean;
  onSubmit: (text: string) => Promise<void>;
}

export function TextForm({ title, info, submitTitle, initial, multiline = false, onSubmit }: TextFormProps) {
  const { pop } = useNavigation();
  const field = { id: "text", title, defaultValue: initial, ...(info !== undefined && { info }) };
  return (
    <Form
      actions={
        <ActionPanel>
          <Action.SubmitForm
            title={submitTitle}
            icon={Icon.Checkmark}
            onSubmit={async ({ text }: { text: string }) => {
              pop();
              await onSubmit(text.trim());
            }}
          />
        </ActionPanel>
      }
    >
      {multiline ? <Form.TextArea {...field} /> : <Form.TextField {...field} />}
    </Form>
  );
}
