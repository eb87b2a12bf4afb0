/** All chats: searched by the agent, filtered by model and tag, grouped; each with what can be done to it. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Link, useSearchParams } from 'wouter';
import Ellipsis from 'lucide-react/icons/ellipsis';
import MessagesSquare from 'lucide-react/icons/messages-square';
import Pin from 'lucide-react/icons/pin';
import SquarePen from 'lucide-react/icons/square-pen';
import type { Chat, ChatHit } from '@mlx-manager/shared';
import { Await, cn, EmptyState, IconButton, Menu, SearchInput, Select, VirtualList } from '../../kit/index.js';
import { keyLabel } from '../../lib/keys.js';
import { REFETCH, useApi } from '../../lib/query.js';
import { useProfiles } from '../../lib/resources.js';
import { relativeTime } from '../../lib/format.js';
import { fits, historyRows, inOrder, marked, type GroupBy, type HistoryFilter, type HistoryRow } from './history-groups.js';
import { useChatMenu } from './chat-menu.js';

/** Fetched at once; more at the end of the list. */
const PAGE = 100;

interface History {
  hits: ChatHit[];
  more: boolean;
}

function useHistory(filter: HistoryFilter, pages: number) {
  const { search, profileId, tag } = filter;
  const wanted = { limit: PAGE, ...(search !== '' && { search }), ...(profileId !== null && { profileId }), ...(tag !== null && { tag }) };
  return useApi<History>(
    ['chats', search, profileId, tag, pages],
    async (client, signal) => {
      const hits: ChatHit[] = [];
      let cursor: string | null = null;
      for (let i = 0; i < pages; i++) {
        const page = await client.chatsPage({ query: { ...wanted, ...(cursor !== null && { cursor }) }, signal });
        hits.push(...page.items);
        cursor = page.cursor;
        if (cursor === null) break;
      }
      return { hits, more: cursor !== null };
    },
    {
      topics: ['chat'],
      keepPrevious: true,
      // What comes with the page is the first part only.
      ...(pages === 1 && {
        first: (reader) => {
          const { items, cursor } = reader.chatsPage({ query: wanted });
          return { hits: items, more: cursor !== null };
        },
      }),
      on: (data, event) => {
        if (search !== '') return REFETCH;
        if (event.type === 'chat.removed') return { ...data, hits: data.hits.filter(({ chat }) => chat.id !== event.data.id) };
        if (event.type !== 'chat.updated') return undefined;
        const rest = data.hits.filter(({ chat }) => chat.id !== event.data.id);
        return { ...data, hits: fits(filter, event.data) ? inOrder([{ chat: event.data, match: null }, ...rest]) : rest };
      },
    },
  );
}

export function History({ chatId, onNew }: { chatId: string | null; onNew: () => void }) {
  const [search, setSearch] = useState('');
  const [profileId, setProfileId] = useState<number | null>(null);
  const [tag, setTag] = useState<string | null>(null);
  const [by, setBy] = useState<GroupBy>('date');
  const [pages, setPages] = useState(1);
  const history = useHistory({ search: search.trim(), profileId, tag }, pages);
  const tags = useApi(['chats', 'tags'], (client, signal) => client.listChatTags({ signal }), { topics: ['chat'] });
  const profiles = useProfiles();
  // `/chat?profile=3`: from a server, its chats.
  const [params] = useSearchParams();
  const asked = profiles.data?.find(({ id }) => String(id) === params.get('profile'))?.id;
  useEffect(() => {
    if (asked === undefined) return;
    setPages(1);
    setTag(null);
    setProfileId(asked);
  }, [asked]);
  const hits = history.data?.hits;
  const rows = useMemo(() => historyRows(hits ?? [], by, profiles.data ?? [], Date.now()), [hits, by, profiles.data]);
  const box = useRef<HTMLDivElement>(null);
  const filtered = search.trim() !== '' || profileId !== null || tag !== null;
  const onFilter =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      setPages(1);
      set(value);
    };

  return (
    <>
      <div className="flex shrink-0 flex-col gap-2 border-b border-line p-3">
        <div className="flex items-center gap-2">
          <SearchInput label="Search chats" value={search} onValueChange={onFilter(setSearch)} />
          <IconButton variant="plain" label="New chat" keys={keyLabel('mod+k')} icon={<SquarePen />} onClick={onNew} />
        </div>
        <div className="flex items-center gap-2">
          <Select<string>
            label="Filter"
            className="min-w-0 flex-1"
            value={tag !== null ? `tag:${tag}` : profileId !== null ? `profile:${profileId}` : 'all'}
            onValueChange={(value) => {
              setPages(1);
              setTag(value.startsWith('tag:') ? value.slice(4) : null);
              setProfileId(value.startsWith('profile:') ? Number(value.slice(8)) : null);
            }}
            options={[
              { value: 'all', label: 'All chats' },
              ...(profiles.data ?? []).map(({ id, name }) => ({ value: `profile:${id}`, label: name })),
              ...(tags.data ?? []).map((one) => ({ value: `tag:${one.tag}`, label: `#${one.tag} (${one.chats})` })),
            ]}
          />
          <Select<GroupBy>
            label="Group by"
            value={by}
            onValueChange={setBy}
            options={[
              { value: 'date', label: 'By date' },
              { value: 'model', label: 'By model' },
            ]}
          />
        </div>
      </div>
      <div ref={box} className="flex min-h-0 flex-1 flex-col" onKeyDown={(event) => move(event, box.current)}>
        <Await of={history}>
          {({ more }) =>
            rows.length === 0 ? (
              <EmptyState icon={<MessagesSquare />} title={filtered ? 'Nothing found' : 'No chats yet'}>
                {filtered ? 'Try other words, or another filter.' : 'What you ask is kept here.'}
              </EmptyState>
            ) : (
              <VirtualList
                label="Chats"
                items={rows}
                keyOf={(row) => row.key}
                estimate={44}
                row={(row) => <Row row={row} current={row.key === chatId} />}
                {...(more && { onEnd: () => setPages((n) => n + 1) })}
                className="px-2 pb-2"
              />
            )
          }
        </Await>
      </div>
    </>
  );
}

/** Arrows go from chat to chat. */
function move(event: KeyboardEvent, box: HTMLElement | null): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || box === null) return;
  const links = [...box.querySelectorAll<HTMLElement>('a[data-chat]')];
  const at = links.findIndex((link) => link === document.activeElement);
  // Inside a menu, arrows are the menu's.
  if (at === -1 && (event.target as HTMLElement).getAttribute('role') !== 'region') return;
  event.preventDefault();
  links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
}

function Row({ row, current }: { row: HistoryRow; current: boolean }) {
  if (row.kind === 'heading') {
    return (
      <h2 className="truncate px-2 pt-3 pb-1 text-sm font-semibold text-muted" title={row.title}>
        {row.title}
      </h2>
    );
  }
  return <ChatRow hit={row.hit} current={current} />;
}

function ChatRow({ hit: { chat, match }, current }: { hit: ChatHit; current: boolean }) {
  const menu = useChatMenu(chat, current);
  return (
    <div className={cn('group relative rounded-md', current ? 'bg-accent-soft' : 'focus-within:bg-hover hover:bg-hover')}>
      <Link
        href={`/chat/${chat.id}`}
        data-chat
        aria-current={current ? 'page' : undefined}
        className="block rounded-md py-1.5 pr-8 pl-2 text-text no-underline"
        title={chat.title}
      >
        <span className="flex items-center gap-1.5">
          {chat.pinned && <Pin aria-label="Pinned" role="img" className="size-3 shrink-0 text-muted" />}
          <span className="min-w-0 flex-1 truncate font-medium">
            {match?.messageId === null ? <Marked text={match.text} ranges={match.ranges} /> : chat.title}
          </span>
          {chat.activeRunId !== null && (
            <span role="img" aria-label="Being answered" className="breathing size-2 shrink-0 rounded-full bg-accent" />
          )}
        </span>
        <span className="block truncate text-sm text-muted">
          {match !== null && match.messageId !== null ? <Marked text={match.text} ranges={match.ranges} /> : subtitle(chat)}
        </span>
      </Link>
      <div className="absolute top-2 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-[[data-popup-open]]:opacity-100">
        <Menu trigger={<IconButton size="sm" label={`Actions for ${chat.title}`} icon={<Ellipsis />} />} entries={menu.entries} />
      </div>
      {menu.dialogs}
    </div>
  );
}

const subtitle = (chat: Chat): string =>
  [relativeTime(chat.updatedAt), ...chat.tags.map((tag) => `#${tag}`), chat.preview].filter((word) => word !== '').join(' · ');

function Marked({ text, ranges }: { text: string; ranges: readonly [number, number][] }) {
  return marked(text, ranges).map(({ text: piece, hit }, i) =>
    hit ? (
      <mark key={i} className="rounded-sm bg-warn-soft font-semibold text-text">
        {piece}
      </mark>
    ) : (
      piece
    ),
  );
}
