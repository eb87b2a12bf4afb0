/** The tags of a chat: chosen from those in use, and new ones typed. */
import { Action, ActionPanel, Form, Icon, useNavigation } from "@raycast/api";
import { useState } from "react";
import { chatUpdate } from "@mlx-manager/shared";
import { tagsOf } from "../../lib/chats";

export interface TagsFormProps {
  chosen: readonly string[];
  /** Those of all chats. */
  known: readonly string[];
  onSubmit: (tags: string[]) => Promise<void>;
}

export function TagsForm({ chosen, known, onSubmit }: TagsFormProps) {
  const { pop } = useNavigation();
  const [problem, setProblem] = useState<string>();
  const all = [...new Set([...chosen, ...known])].sort((a, b) => a.localeCompare(b));

  async function save(values: { tags: string[]; added: string }): Promise<void> {
    const tags = [...new Set([...values.tags, ...tagsOf(values.added)])];
    const { error } = chatUpdate.safeEncode({ tags });
    if (error) return setProblem("At most 40 characters each, and 32 tags");
    pop();
    await onSubmit(tags);
  }

  return (
    <Form
      navigationTitle="Edit Tags"
      actions={
        <ActionPanel>
          <Action.SubmitForm title="Save Tags" icon={Icon.Checkmark} onSubmit={save} />
        </ActionPanel>
      }
    >
      <Form.TagPicker id="tags" title="Tags" defaultValue={[...chosen]}>
        {all.map((tag) => (
          <Form.TagPicker.Item key={tag} value={tag} title={tag} icon={Icon.Tag} />
        ))}
      </Form.TagPicker>
      <Form.TextField
        id="added"
        title="New Tags"
        placeholder="work, recipes"
        info="Parted by commas."
        {...(problem !== undefined && { error: problem })}
        onChange={() => setProblem(undefined)}
      />
    </Form>
  );
}
