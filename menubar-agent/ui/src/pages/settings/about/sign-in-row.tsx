/** A one-time link that signs another browser in. */
import { useState } from 'react';
import { Button, CodeBlock, copyText, toast } from '../../../kit/index.js';
import { clock } from '../../../lib/format.js';
import { useAction } from '../../../lib/query.js';
import { ActionRow } from './action-row.js';

export function SignInRow() {
  const [link, setLink] = useState<{ url: string; expiresAt: string } | null>(null);
  const make = useAction((client) => client.createLink(), {
    done: (made) => {
      setLink(made);
      void copyText(made.url).then(
        (copied) => copied && toast.done('The link is copied.', `It works once, until ${clock(made.expiresAt)}.`),
      );
    },
  });
  return (
    <>
      <ActionRow
        id="link"
        title="Sign-in link"
        hint="Signs another browser on this Mac in to this window. It works once and for a short time; whoever has it can do all that you can."
      >
        <Button pending={make.pending} onClick={() => void make.run()}>
          Copy Sign-in Link
        </Button>
      </ActionRow>
      {link !== null && (
        <div className="py-2">
          <CodeBlock code={link.url} label="sign-in link" />
          <p className="mt-1 text-sm text-muted">Works once, until {clock(link.expiresAt)}.</p>
        </div>
      )}
    </>
  );
}
