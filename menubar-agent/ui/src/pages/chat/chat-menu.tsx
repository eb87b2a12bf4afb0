/** What can be done to a chat, wherever it is shown. */
import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import Download from 'lucide-react/icons/download';
import Pencil from 'lucide-react/icons/pencil';
import Pin from 'lucide-react/icons/pin';
import Tag from 'lucide-react/icons/tag';
import Trash2 from 'lucide-react/icons/trash-2';
import type { Chat, ChatExportFormat, ChatUpdate } from '@mlx-manager/shared';
import { Button, ConfirmDialog, Dialog, Field, Input, type MenuEntry } from '../../kit/index.js';
import type { Client } from '../../lib/api.js';
import { useAction } from '../../lib/query.js';
import { saveText } from '../../lib/save-file.js';

/** Saves a chat as a file of this browser. */
async function save(client: Client, chat: Chat, format: ChatExportFormat): Promise<void> {
  const text = await (
    await client.exportChat({ params: { chatId: chat.id }, query: format === 'json' ? { format, branches: true } : { format } })
  ).text();
  const name = `${
    chat.title
      .replace(/[/\\:*?"<>|\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, 80) || 'Chat'
  }.${format === 'json' ? 'json' : 'md'}`;
  saveText(text, name, format === 'json' ? 'application/json' : 'text/markdown');
}

/** @param shown it is the one on the screen: deleting it leads to a new one. */
export function useChatMenu(chat: Chat, shown: boolean): { entries: MenuEntry[]; dialogs: ReactNode } {
  const [, navigate] = useLocation();
  const [asks, setAsks] = useState<'rename' | 'tags' | 'delete' | null>(null);
  const update = useAction((client, body: Partial<ChatUpdate>) => client.updateChat({ params: { chatId: chat.id }, body }), {
    done: () => setAsks(null),
  });
  const remove = useAction((client) => client.deleteChat({ params: { chatId: chat.id } }), {
    done: () => {
      setAsks(null);
      if (shown) navigate('/chat');
    },
  });
  const exporting = useAction((client, format: ChatExportFormat) => save(client, chat, format));
  const entries: MenuEntry[] = [
    { label: chat.pinned ? 'Unpin' : 'Pin', icon: <Pin aria-hidden />, run: () => void update.run({ pinned: !chat.pinned }) },
    { label: 'Rename…', icon: <Pencil aria-hidden />, run: () => setAsks('rename') },
    { label: 'Tags…', icon: <Tag aria-hidden />, run: () => setAsks('tags') },
    'separator',
    { label: 'Export as Markdown', icon: <Download aria-hidden />, run: () => void exporting.run('markdown') },
    { label: 'Export as JSON', icon: <Download aria-hidden />, run: () => void exporting.run('json') },
    'separator',
    { label: 'Delete…', icon: <Trash2 aria-hidden />, danger: true, run: () => setAsks('delete') },
  ];
  const close = (): void => setAsks(null);
  const dialogs = (
    <>
      {asks === 'rename' && (
        <Words
          title="Rename Chat"
          label="Title"
          hint="Empty: the title comes from the conversation again."
          value={chat.title}
          pending={update.pending}
          onClose={close}
          onSave={(title) => void update.run({ title: title.trim() === '' ? null : title.trim() })}
        />
      )}
      {asks === 'tags' && (
        <Words
          title="Tags"
          label="Tags"
          hint="Separated by commas."
          value={chat.tags.join(', ')}
          pending={update.pending}
          onClose={close}
          onSave={(text) =>
            void update.run({
              tags: [
                ...new Set(
                  text
                    .split(',')
                    .map((tag) => tag.trim().replace(/^#/, ''))
                    .filter(Boolean),
                ),
              ],
            })
          }
        />
      )}
      <ConfirmDialog
        open={asks === 'delete'}
        onOpenChange={close}
        title={`Delete “${chat.title}”?`}
        description="All its branches are deleted. This cannot be undone."
        confirm="Delete"
        pending={remove.pending}
        onConfirm={() => void remove.run()}
      />
    </>
  );
  return { entries, dialogs };
}

interface WordsProps {
  title: string;
  label: string;
  hint: string;
  value: string;
  pending: boolean;
  onClose: () => void;
  onSave: (text: string) => void;
}
function Words({ title, label, hint, value, pending, onClose, onSave }: WordsProps) {
  const [text, setText] = useState(value);
  const form = `chat-${label.toLowerCase()}`;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={form} pending={pending}>
            Save
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          onSave(text);
        }}
      >
        <Field label={label} hint={hint}>
          <Input value={text} onValueChange={setText} maxLength={200} />
        </Field>
      </form>
    </Dialog>
  );
}
