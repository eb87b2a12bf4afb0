/** The secret of a new key, this once. Only its own button closes the dialog: what is lost here is lost for good. */
import { useState } from 'react';
import { Link } from 'wouter';
import type { ApiKeyCreated } from '@mlx-manager/shared';
import { Button, Checkbox, CodeBlock, CopyButton, Dialog } from '../../../kit/index.js';
import { useLeaveGuard } from '../../../lib/leave-guard.js';
import { Note } from '../editing/note.js';

export function Secret({ made, onClose }: { made: ApiKeyCreated; onClose: () => void }) {
  const [kept, keep] = useState(false);
  const [reminded, remind] = useState(false);
  const stay = (): void => remind(true);
  useLeaveGuard(() => !kept, stay);
  return (
    <Dialog
      open
      alert
      onOpenChange={(open) => !open && (kept ? onClose() : stay())}
      title={`The key ${made.key.name} is made`}
      description="Copy it now into the program that is to use it."
      footer={
        <>
          <CopyButton text={made.secret} label="Copy Key" words size="md" />
          <Button variant={kept ? 'primary' : 'plain'} onClick={() => (kept ? onClose() : stay())}>
            Done
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <CodeBlock code={made.secret} label="API key" wrap />
        <Note tone="warn">
          <strong>It is not shown again.</strong> The agent keeps only a hash of it. If it gets lost, revoke the key and make another one.
        </Note>
        <p className="text-muted">
          Programs send it as <code>Authorization: Bearer …</code> or <code>x-api-key: …</code>. How common ones are set up is told under{' '}
          <Link href="/connect" className="underline">
            Connect
          </Link>
          .
        </p>
        <Checkbox checked={kept} onCheckedChange={keep}>
          I have put the key in a safe place
        </Checkbox>
        <p role="status" className="min-h-5 text-sm text-warn">
          {reminded && !kept && 'Copy the key, tick the box above, then choose Done.'}
        </p>
      </div>
    </Dialog>
  );
}
