/** Quick Chat. A question comes as argument, as fallback text, or is typed; other commands hand over `ChatContext`. */
import type { LaunchProps } from "@raycast/api";
import { ChatScreen } from "./components/chat/chat-screen";
import { readContext } from "./components/chat/types";

export default function Command(props: LaunchProps<{ arguments: { question?: string } }>) {
  const context = readContext(props.launchContext);
  const question = props.arguments.question?.trim() || props.fallbackText?.trim();
  return <ChatScreen {...context} {...(question && { text: question, send: true, fresh: true })} />;
}
