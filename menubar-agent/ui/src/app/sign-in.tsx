/** What a browser sees that has no session: how to get one. Nothing of the machine. */
import KeyRound from 'lucide-react/icons/key-round';
import { Button, CodeBlock, EmptyState } from '../kit/index.js';
import { inMacApp } from '../lib/here.js';
import { hub } from '../lib/live.js';

export function SignIn() {
  return (
    <main className="flex h-full">
      <EmptyState page icon={<KeyRound />} title="Sign this browser in" action={<Button onClick={() => hub.retry()}>Try Again</Button>}>
        {inMacApp ? (
          <p>The agent runs. Close this window, then choose Open MLX Manager in the menu of the icon: that signs it in.</p>
        ) : (
          <>
            <p>The agent runs. To see your models here, open this page by a one-time link. In a terminal, in the folder of MLX Manager:</p>
            <CodeBlock code="npx mlx-manager open" label="command" className="mt-3 text-left text-text" />
            <p className="mt-3">With the Mac app: its window needs no link, and copies one for this browser in Settings, About.</p>
          </>
        )}
        <p className="mt-3">
          OpenAI clients need no sign-in: their base URL is this address with <code>/v1</code>.
        </p>
      </EmptyState>
    </main>
  );
}
