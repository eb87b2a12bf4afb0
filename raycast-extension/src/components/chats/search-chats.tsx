/** Search Chats: everything that was said, found as one types. */
import { Action, ActionPanel, Icon, Keyboard, List } from "@raycast/api";
import { useCachedState } from "@raycast/utils";
import { useState } from "react";
import { useAgent } from "../../hooks/use-agent";
import { useChatList } from "../../hooks/use-chat-list";
import { useTranscript } from "../../hooks/use-transcript";
import { chatSections, readFilter } from "../../lib/chats";
import { openQuickChat } from "../../lib/quick-chat";
import { AgentList } from "../agent-list";
import { ChatRow } from "./chat-row";

export function SearchChats() {
  const [text, setText] = useState("");
  const [filterValue, setFilterValue] = useState("all");
  const [selected, setSelected] = useState<string | null>(null);
  const [isShowingDetail, setShowingDetail] = useCachedState("search-chats.detail", true);
  const search = text.trim().replace(/\s+/g, " ").slice(0, 500);
  const filter = readFilter(filterValue, search);

  const list = useChatList(filter);
  const tags = useAgent("chat tags", (client, signal) => client.listChatTags({ signal }), { topics: ["chat"] });
  const names = useAgent(
    "profile names",
    async (client, signal) =>
      Object.fromEntries((await client.listProfiles({ signal })).map(({ id, name }) => [String(id), name])),
    { topics: ["profile"] },
  );
  const sections = chatSections(list.hits ?? [], search);
  const known = sections.some(({ hits }) => hits.some(({ chat }) => chat.id === selected));
  const transcript = useTranscript(isShowingDetail && known ? selected : null);
  const isLoading = list.isLoading || (list.hits !== undefined && !list.isAnswer && !list.error);
  const isEverything = search === "" && filterValue === "all";
  // A tag that nobody has any more stays in the dropdown while it is chosen.
  const shownTags = new Map((tags.data ?? []).map(({ tag, chats }) => [tag, chats]));
  if (filter.tag !== undefined && !shownTags.has(filter.tag)) shownTags.set(filter.tag, 0);

  return (
    <AgentList
      error={list.error}
      data={list.hits}
      retry={list.revalidate}
      isLoading={isLoading}
      isShowingDetail={isShowingDetail && sections.length > 0}
      filtering={false}
      searchText={text}
      onSearchTextChange={setText}
      throttle
      searchBarPlaceholder="Search titles and messages"
      onSelectionChange={setSelected}
      pagination={list.pagination}
      searchBarAccessory={
        <List.Dropdown tooltip="Filter Chats" value={filterValue} onChange={setFilterValue}>
          <List.Dropdown.Item title="All Chats" value="all" icon={Icon.SpeechBubble} />
          <List.Dropdown.Item title="Pinned" value="pinned" icon={Icon.Pin} />
          <List.Dropdown.Section title="Tags">
            {[...shownTags].map(([tag, chats]) => (
              <List.Dropdown.Item key={tag} title={`${tag} (${chats})`} value={`tag:${tag}`} icon={Icon.Tag} />
            ))}
          </List.Dropdown.Section>
        </List.Dropdown>
      }
    >
      {sections.map(({ title, hits }) => (
        <List.Section key={title} title={title}>
          {hits.map((hit) => (
            <ChatRow
              key={hit.chat.id}
              hit={hit}
              answers={hit.chat.profileId === null ? hit.chat.model : (names.data?.[hit.chat.profileId] ?? null)}
              tags={[...shownTags.keys()]}
              transcript={transcript.data?.chatId === hit.chat.id ? transcript.data.markdown : undefined}
              problem={selected === hit.chat.id ? transcript.error : undefined}
              isLoading={selected === hit.chat.id && transcript.isLoading}
              isShowingDetail={isShowingDetail}
              toggleDetail={() => setShowingDetail((shown) => !shown)}
              mutate={list.mutate}
              refresh={list.revalidate}
            />
          ))}
        </List.Section>
      ))}
      {!isLoading && (
        <List.EmptyView
          icon={isEverything ? Icon.SpeechBubble : Icon.MagnifyingGlass}
          title={isEverything ? "No Chats Yet" : "No Chats Found"}
          description={isEverything ? "What you ask is kept and shows up here." : "Try fewer words, or another filter."}
          actions={
            <ActionPanel>
              {!isEverything && (
                <Action
                  title="Show All Chats"
                  icon={Icon.XMarkCircle}
                  onAction={() => {
                    setText("");
                    setFilterValue("all");
                  }}
                />
              )}
              <Action
                title="New Chat"
                icon={Icon.NewDocument}
                shortcut={Keyboard.Shortcut.Common.New}
                onAction={() => openQuickChat({ fresh: true })}
              />
            </ActionPanel>
          }
        />
      )}
    </AgentList>
  );
}
