/** Chat: the history beside the conversation. */
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Split } from '../../kit/index.js';
import { useShortcut } from '../../lib/keys.js';
import { Conversation } from './conversation.js';
import { History } from './history.js';

export default function ChatPage() {
  const [location, navigate] = useLocation();
  const chatId = /^\/chat\/([^/]+)/.exec(location)?.[1] ?? null;
  // A new chat while a new one is shown begins anew too.
  const [fresh, setFresh] = useState(0);
  const begin = (): void => {
    setFresh((n) => n + 1);
    navigate('/chat');
  };
  useShortcut('mod+k', begin);
  return (
    <Split label="History" side={<History chatId={chatId} onNew={begin} />}>
      <Conversation chatId={chatId === null ? null : decodeURIComponent(chatId)} fresh={fresh} onNew={begin} />
    </Split>
  );
}
