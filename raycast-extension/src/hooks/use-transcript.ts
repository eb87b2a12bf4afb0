/** The text of the chat whose row is selected. */
import { transcript } from "../lib/chats";
import { useAgent, type UseAgent } from "./use-agent";

export interface Transcript {
  readonly chatId: string;
  readonly markdown: string;
}

/** @param chatId null: none is selected. */
export function useTranscript(chatId: string | null): Pick<UseAgent<Transcript>, "data" | "isLoading" | "error"> {
  return useAgent<Transcript>(
    `transcript ${chatId ?? ""}`,
    async (client, signal) => {
      const { messages } = await client.getChat({ params: { chatId: chatId ?? "" }, signal });
      return { chatId: chatId ?? "", markdown: transcript(messages) };
    },
    {
      execute: chatId !== null,
      topics: ["chat"],
      // A chat that was deleted has its row taken away; the others are none of ours.
      on: (event) => event.type !== "chat.updated" || event.data.id !== chatId,
    },
  );
}
