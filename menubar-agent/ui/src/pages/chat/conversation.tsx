/** One chat: its head, its messages, and where the next one is written. */
import { useEffect, useMemo, useRef, useState } from 'react';
import Ellipsis from 'lucide-react/icons/ellipsis';
import MessagesSquare from 'lucide-react/icons/messages-square';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import { useSearchParams } from 'wouter';
import { AgentError, textOf, type ChatMessage, type InputPart, type Template } from '@mlx-manager/shared';
import { Button, Combobox, EmptyState, ErrorState, IconButton, Menu, Skeleton, toast } from '../../kit/index.js';
import { client, toAgentError } from '../../lib/api.js';
import { useShortcut } from '../../lib/keys.js';
import { usePersonas } from '../../lib/resources.js';
import { usePageTitle } from '../../lib/title.js';
import { useChatMenu } from './chat-menu.js';
import { ChatSettings, type ChatChoice } from './chat-settings.js';
import { Composer } from './composer.js';
import { Counter, useTokens } from './counter.js';
import { DropArea } from './drop.js';
import type { MessageActions } from './message.js';
import { Messages } from './messages.js';
import type { NewChat } from './session.js';
import { choiceOf, DEFAULT_TARGET, valueOf } from './targets.js';
import { choiceOfTemplate } from './template-choice.js';
import { Templates } from './templates.js';
import { ThinkingMenu, type Thinks } from './thinking-menu.js';
import { useChat } from './use-chat.js';
import { useTargets } from './use-targets.js';
import { useFiles, type WaitingFile } from './use-files.js';

/** What was typed or attached and not sent stays with its chat while the window is open. */
const drafts = new Map<string, string>();
const attached = new Map<string, readonly InputPart[]>();

const partsOf = (files: readonly WaitingFile[]): InputPart[] => files.flatMap(({ part }) => (part ? [part] : []));

export function Conversation({ chatId, fresh, onNew }: { chatId: string | null; fresh: number; onNew: () => void }) {
  const draftKey = chatId ?? '';
  /** Of the chat that was made a moment ago, in this place: what is being written is written to it. */
  const made = useRef<string | null>(null);
  const { session, view } = useChat(chatId, (id) => {
    made.current = id;
    drafts.set(id, drafts.get('') ?? '');
    drafts.delete('');
    // The next new chat begins with the same model, and without what was said of this one.
    setOwn(({ profileId = null, model = null }) => ({ profileId, model }));
  });
  const { chat, messages, busy } = view;
  const [own, setOwn] = useState<NewChat>({});
  const [text, setText] = useState('');
  const [editing, setEditing] = useState<ChatMessage | null>(null);
  const [thinking, setThinking] = useState<Thinks>(undefined);
  const [settings, setSettings] = useState(false);
  const [saving, setSaving] = useState(false);
  const files = useFiles();
  const field = useRef<HTMLTextAreaElement>(null);
  usePageTitle(chat?.title);

  const { set: setFiles } = files;
  const now = useRef({ key: draftKey, text, files: files.files, editing });
  now.current = { ...now.current, text, files: files.files, editing };
  const putAway = (): void => {
    const { key, files: waiting, editing: edited } = now.current;
    if (edited === null) attached.set(key, partsOf(waiting));
  };
  useEffect(() => {
    if (made.current !== draftKey) {
      if (now.current.key !== draftKey) putAway();
      setText(drafts.get(draftKey) ?? '');
      setEditing(null);
      setFiles(attached.get(draftKey) ?? []);
    }
    made.current = null;
    now.current.key = draftKey;
    field.current?.focus();
  }, [draftKey, fresh, setFiles]);
  useEffect(() => putAway, []);
  const write = (said: string): void => {
    setText(said);
    if (editing === null) drafts.set(draftKey, said);
  };

  const { targets, profiles } = useTargets();
  // `/chat?profile=3`: a new chat with it.
  const [params] = useSearchParams();
  const asked = profiles.find(({ id }) => String(id) === params.get('profile'))?.id;
  useEffect(() => {
    if (chatId === null && asked !== undefined) setOwn((before) => ({ ...before, profileId: asked, model: null }));
  }, [chatId, asked]);
  const personas = usePersonas();
  const whose = { model: null, profileId: null, personaId: null, systemPrompt: null, sampling: {}, tools: [], ...own, ...(chat ?? {}) };

  const target = valueOf(whose, profiles);
  // A model that is not here (any longer), or that a routing rule sends elsewhere, is named all the same.
  const offered = targets.some(({ value }) => value === target)
    ? targets
    : [...targets, { value: target, label: whose.model ?? 'A profile that is gone', hint: 'Not on this Mac' }];

  const outside = targets.find(({ value }) => value === target)?.provider;

  const failed = (error: unknown): void => void toast.failed(toAgentError(error));
  const options = thinking === undefined ? {} : { thinking };
  const parts = useMemo<InputPart[]>(
    () => [...partsOf(files.files), ...(text.trim() === '' ? [] : [{ type: 'text' as const, text }])],
    [files.files, text],
  );
  const send = async (): Promise<void> => {
    const said = { text, parts, editing, key: draftKey };
    setEditing(null);
    if (editing === null) {
      drafts.delete(draftKey);
      attached.delete(draftKey);
    }
    // Behind an edited message stands what was being written before.
    setText(drafts.get(draftKey) ?? '');
    files.set(attached.get(draftKey) ?? []);
    try {
      if (said.editing) await session.again({ kind: 'edit', messageId: said.editing.id, parts, ...options });
      else await session.send(parts, own, options);
    } catch (error) {
      // What was written is not lost with the refusal, nor is what was begun meanwhile.
      const here = now.current.key === said.key;
      const since = said.editing === null ? (drafts.get(said.key) ?? '') : '';
      const both = since.trim() === '' ? said.text : `${said.text}\n\n${since}`;
      if (said.editing === null) {
        drafts.set(said.key, both);
        attached.set(said.key, said.parts);
      }
      if (here) {
        setText(both);
        files.set(said.parts);
        setEditing(said.editing);
      }
      failed(error);
    }
  };
  const latest = useRef(options);
  latest.current = options;
  const actions = useMemo<MessageActions>(() => {
    const edit = (message: ChatMessage): void => {
      putAway();
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
      answerTools: (results) => {
        const said = results.map((one) => ({ type: 'tool_result' as const, ...one, isError: false }));
        void session.send(said, {}, latest.current).catch(failed);
      },
    };
  }, [session, setFiles]);
  const cancelEdit = (): void => {
    setEditing(null);
    setText(drafts.get(draftKey) ?? '');
    files.set(attached.get(draftKey) ?? []);
  };

  const lastAnswer = messages.findLast(({ role }) => role === 'assistant');
  const lastQuestion = messages.findLast(({ role }) => role === 'user');
  useShortcut('mod+r', () => lastAnswer && !busy && actions.regenerate(lastAnswer.id));
  const stop = (): void => void session.stop().catch(failed);
  useShortcut('escape', () => document.querySelector('[role="menu"],[role="listbox"]') ?? stop(), busy);
  useShortcut('mod+e', () => lastQuestion && !busy && actions.edit(lastQuestion));

  const { profileId, model, personaId, systemPrompt, tools } = whose;
  // Where a message is edited, what stands before it is sent, and its new words.
  const place = editing === null ? {} : { parentId: editing.parentId };
  const counted = { chatId: chat?.id ?? null, ...place, parts, thinking, profileId, model, personaId, systemPrompt, tools };
  const version = `${chat?.headId ?? ''} ${profileId ?? ''} ${model ?? ''} ${personaId ?? ''} ${systemPrompt ?? ''} ${profiles.length}`;
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
  /** Who answers, as a template says, from now on; told, because it stays so. */
  const follow = async (template: Template): Promise<void> => {
    const known = template.persona === null ? [] : (personas.data ?? (await client.listPersonas()));
    const { choice, words, unknown } = choiceOfTemplate(template, known);
    // Another chat is shown by now.
    if (now.current.key !== draftKey) return;
    if (words !== '') {
      if (chat) await session.update(choice);
      else setOwn((before) => ({ ...before, ...choice }));
      toast.tell(`This chat now uses ${words}`, `The template “${template.name}” says so.`);
    }
    const action = `The template “${template.name}” asks without it. Choose another one in Settings, under Personas & templates.`;
    if (unknown !== null) toast.failed(new AgentError('PERSONA_NOT_FOUND', { persona: unknown }, { action }));
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
      {outside === undefined
        ? 'The answer is written by a model on this Mac. It goes on when the window is closed, and is kept here.'
        : `${outside} writes the answer: what you ask leaves this Mac. It goes on when the window is closed, and is kept here.`}
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
      {/* What is written where a chat could not be shown would begin another one. */}
      {!view.gone && (view.error === null || chat !== null) && (
        <Composer
          text={text}
          onText={write}
          files={files}
          busy={busy}
          editing={editing !== null}
          onCancelEdit={cancelEdit}
          onSend={() => void send()}
          onStop={stop}
          field={field}
          tools={
            <>
              <Templates
                onInsert={(inserted, template) => {
                  write(text === '' ? inserted : `${text}\n\n${inserted}`);
                  void follow(template).catch(failed);
                  setTimeout(() => field.current?.focus());
                }}
              />
              <ThinkingMenu value={thinking} onValue={setThinking} />
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
