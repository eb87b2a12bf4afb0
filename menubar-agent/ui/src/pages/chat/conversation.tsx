/** One chat: its head, its messages, and where the next one is written. */
import { useEffect, useMemo, useRef, useState } from 'react';
import Brain from 'lucide-react/icons/brain';
import Ellipsis from 'lucide-react/icons/ellipsis';
import MessagesSquare from 'lucide-react/icons/messages-square';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import { useSearchParams } from 'wouter';
import { textOf, type ChatMessage, type InputPart } from '@mlx-manager/shared';
import { Button, Combobox, EmptyState, ErrorState, IconButton, Menu, Skeleton, toast } from '../../kit/index.js';
import { toAgentError } from '../../lib/api.js';
import { useShortcut } from '../../lib/keys.js';
import { useLocalModels, usePersonas, useProfiles, useServers } from '../../lib/resources.js';
import { usePageTitle } from '../../lib/title.js';
import { useChatMenu } from './chat-menu.js';
import { ChatSettings, type ChatChoice } from './chat-settings.js';
import { Composer } from './composer.js';
import { Counter, useTokens } from './counter.js';
import { DropArea } from './drop.js';
import type { MessageActions } from './message.js';
import { Messages } from './messages.js';
import type { NewChat } from './session.js';
import { choiceOf, DEFAULT_TARGET, targetsOf, valueOf } from './targets.js';
import { Templates } from './templates.js';
import { useChat } from './use-chat.js';
import { useFiles } from './use-files.js';

/** What was typed and not sent stays with its chat while the window is open. */
const drafts = new Map<string, string>();
const THINKING = [
  { value: undefined, label: 'Thinking: as the model likes' },
  { value: true, label: 'Thinking: on' },
  { value: false, label: 'Thinking: off' },
] as const;
type Thinks = (typeof THINKING)[number]['value'];

export function Conversation({ chatId, fresh, onNew }: { chatId: string | null; fresh: number; onNew: () => void }) {
  const { session, view } = useChat(chatId);
  const { chat, messages, busy } = view;
  const [own, setOwn] = useState<NewChat>({});
  const [text, setText] = useState('');
  const [editing, setEditing] = useState<ChatMessage | null>(null);
  const [thinking, setThinking] = useState<Thinks>(undefined);
  const [settings, setSettings] = useState(false);
  const [saving, setSaving] = useState(false);
  const files = useFiles();
  const field = useRef<HTMLTextAreaElement>(null);
  const draftKey = chatId ?? '';
  usePageTitle(chat?.title);

  const { set: setFiles } = files;
  useEffect(() => {
    setText(drafts.get(draftKey) ?? '');
    setEditing(null);
    setFiles([]);
    field.current?.focus();
  }, [draftKey, fresh, setFiles]);
  const write = (said: string): void => {
    setText(said);
    if (editing === null) drafts.set(draftKey, said);
  };

  const profiles = useProfiles();
  // `/chat?profile=3`: a new chat with it.
  const [params] = useSearchParams();
  const asked = profiles.data?.find(({ id }) => String(id) === params.get('profile'))?.id;
  useEffect(() => {
    if (chatId === null && asked !== undefined) setOwn((before) => ({ ...before, profileId: asked, model: null }));
  }, [chatId, asked]);
  const servers = useServers();
  const models = useLocalModels();
  const personas = usePersonas();
  const targets = useMemo(
    () => targetsOf({ profiles: profiles.data ?? [], servers: servers.data ?? [], models: models.data ?? [] }),
    [profiles.data, servers.data, models.data],
  );
  const whose = { model: null, profileId: null, personaId: null, systemPrompt: null, sampling: {}, ...own, ...(chat ?? {}) };

  const target = valueOf(whose, profiles.data ?? []);
  // A model that is not here (any longer), or that a routing rule sends elsewhere, is named all the same.
  const offered = targets.some(({ value }) => value === target)
    ? targets
    : [...targets, { value: target, label: whose.model ?? 'A profile that is gone', hint: 'Not on this Mac' }];

  const failed = (error: unknown): void => void toast.failed(toAgentError(error));
  const options = thinking === undefined ? {} : { thinking };
  const parts = useMemo<InputPart[]>(
    () => [...files.files.flatMap(({ part }) => (part ? [part] : [])), ...(text.trim() === '' ? [] : [{ type: 'text' as const, text }])],
    [files.files, text],
  );
  const send = async (): Promise<void> => {
    const said = { text, parts, editing };
    setText('');
    files.set([]);
    setEditing(null);
    drafts.delete(draftKey);
    try {
      if (said.editing) await session.again({ kind: 'edit', messageId: said.editing.id, parts, ...options });
      else await session.send(parts, own, options);
    } catch (error) {
      // What was written is not lost with the refusal.
      setText(said.text);
      files.set(said.parts);
      setEditing(said.editing);
      failed(error);
    }
  };
  const latest = useRef(options);
  latest.current = options;
  const actions = useMemo<MessageActions>(() => {
    const edit = (message: ChatMessage): void => {
      setEditing(message);
      setText(textOf(message));
      setFiles(message.parts.filter((part) => part.type === 'image' || part.type === 'file'));
      field.current?.focus();
    };
    return {
      edit,
      regenerate: (messageId) => void session.again({ kind: 'regenerate', messageId, ...latest.current }).catch(failed),
      resume: (messageId) => void session.again({ kind: 'resume', messageId }).catch(failed),
      show: (headId) => void session.update({ headId }).catch(failed),
      answerTool: (toolCallId, content) =>
        void session.send([{ type: 'tool_result', toolCallId, content, isError: false }], {}, latest.current).catch(failed),
    };
  }, [session, setFiles]);
  const cancelEdit = (): void => {
    setEditing(null);
    setText(drafts.get(draftKey) ?? '');
    files.set([]);
  };

  const lastAnswer = messages.findLast(({ role }) => role === 'assistant');
  const lastQuestion = messages.findLast(({ role }) => role === 'user');
  useShortcut('mod+r', () => lastAnswer && !busy && actions.regenerate(lastAnswer.id));
  useShortcut('mod+e', () => lastQuestion && !busy && actions.edit(lastQuestion));

  const { profileId, model, personaId, systemPrompt } = whose;
  const counted = { chatId: chat?.id ?? null, parts: editing ? [] : parts, thinking, profileId, model, personaId, systemPrompt };
  const version = `${chat?.headId ?? ''} ${profileId ?? ''} ${model ?? ''} ${personaId ?? ''} ${systemPrompt ?? ''} ${profiles.data?.length ?? ''}`;
  const tokens = useTokens(
    counted,
    version,
    targets.some(({ value }) => value !== DEFAULT_TARGET) && !busy && !view.loading && view.error === null,
  );

  const choose = (value: string | null): void => {
    const choice = choiceOf(value ?? DEFAULT_TARGET);
    if (chat) void session.update(choice).catch(failed);
    else setOwn((before) => ({ ...before, ...choice }));
  };
  const saveSettings = async (value: ChatChoice): Promise<void> => {
    if (chat === null) setOwn((before) => ({ ...before, ...value }));
    else {
      setSaving(true);
      try {
        await session.update(value);
      } catch (error) {
        failed(error);
        return;
      } finally {
        setSaving(false);
      }
    }
    setSettings(false);
  };

  const body = view.gone ? (
    <EmptyState title="This chat was deleted" action={<Button onClick={onNew}>New Chat</Button>} />
  ) : view.error !== null && chat === null ? (
    <ErrorState error={view.error} retry={() => void session.open(chatId)} action={<Button onClick={onNew}>New Chat</Button>} />
  ) : view.loading ? (
    <Skeleton className="mx-auto w-full max-w-[760px] p-5" rows={4} height={56} />
  ) : messages.length === 0 ? (
    <EmptyState icon={<MessagesSquare />} title="Ask anything">
      The answer is written by a model on this Mac. It goes on when the window is closed, and is kept here.
    </EmptyState>
  ) : (
    <Messages messages={messages} busy={busy} actions={actions} chatId={chatId} />
  );

  return (
    <DropArea onFiles={files.add}>
      <header className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line px-4 py-2">
        <h1 className="min-w-0 flex-1 truncate text-lg font-semibold" title={chat?.title}>
          {chat?.title ?? 'New Chat'}
        </h1>
        <Combobox<string> label="Model" className="w-56 max-w-[45%] shrink-0" value={target} onValueChange={choose} options={offered} />
        <IconButton label="Chat settings" icon={<SlidersHorizontal />} onClick={() => setSettings(true)} />
        {chat && <HeadMenu chat={chat} />}
      </header>
      {body}
      {view.error !== null && chat !== null && (
        <p role="alert" className="mx-auto w-full max-w-[760px] px-5 pb-2 text-bad">
          {view.error.message} {view.error.action}{' '}
          <Button size="sm" onClick={() => void session.open(chat.id)}>
            Try Again
          </Button>
        </p>
      )}
      {!view.gone && (
        <Composer
          text={text}
          onText={write}
          files={files}
          busy={busy}
          editing={editing !== null}
          onCancelEdit={cancelEdit}
          onSend={() => void send()}
          onStop={() => void session.stop().catch(failed)}
          field={field}
          tools={
            <>
              <Templates
                onInsert={(inserted) => {
                  write(text === '' ? inserted : `${text}\n\n${inserted}`);
                  setTimeout(() => field.current?.focus());
                }}
              />
              <Menu
                align="start"
                trigger={
                  <IconButton
                    label={THINKING.find(({ value }) => value === thinking)?.label ?? ''}
                    icon={<Brain className={thinking === false ? 'opacity-40' : thinking ? 'text-accent' : ''} />}
                  />
                }
                entries={THINKING.map(({ value, label }) => ({ label, run: () => setThinking(value) }))}
              />
            </>
          }
          below={<Counter tokens={tokens} />}
        />
      )}
      {settings && (
        <ChatSettings
          value={whose}
          personas={personas.data ?? []}
          pending={saving}
          onClose={() => setSettings(false)}
          onSave={(value) => void saveSettings(value)}
        />
      )}
    </DropArea>
  );
}

function HeadMenu({ chat }: { chat: Parameters<typeof useChatMenu>[0] }) {
  const { entries, dialogs } = useChatMenu(chat, true);
  return (
    <>
      <Menu trigger={<IconButton label="Chat actions" icon={<Ellipsis />} />} entries={entries} />
      {dialogs}
    </>
  );
}
