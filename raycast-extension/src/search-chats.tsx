export { SearchChats as default } from "./components/chats/search-chats";
