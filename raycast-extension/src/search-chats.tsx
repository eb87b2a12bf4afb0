import { SearchChats } from "./components/chats/search-chats";

export default function Command() {
  return <SearchChats />;
}
