/** What a browser sees that has no session: how to get one. Nothing of the machine. */
import KeyRound from 'lucide-react/icons/key-round';
import { Button, CodeBlock, EmptyState } from '../kit/index.js';
import { hub } from '../lib/live.js';

export function SignIn() {
  return (
    <main className="flex h-full">
      <EmptyState page icon={<KeyRound />} title="Sign this browser in" action={<Button onClick={() => hub.retry()}>Try Again</Button>}>
        <p>The agent runs. To see your models here, open this page by a one-time link. In a terminal:</p>
        <CodeBlock code="npx mlx-manager open" label="command" className="mt-3 text-left text-text" />
        <p className="mt-3">
          OpenAI clients need no sign-in: their base URL is this address with <code>/v1</code>.
        </p>
      </EmptyState>
    </main>
  );
}
