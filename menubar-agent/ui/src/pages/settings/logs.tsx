/** Logs and measuring: what is kept, who is told, and forgetting it. */
import { useState } from 'react';
import { Link } from 'wouter';
import { Button, ConfirmDialog } from '../../kit/index.js';
import { useAction } from '../../lib/query.js';
import { Settings } from './groups.js';
import { Anchor, rowClass } from './row.js';

export default function LogsAndMeasuring() {
  return (
    <>
      <Settings group="requests">
        <ForgetRow />
      </Settings>
      <Settings group="alerts" />
      <Settings group="telemetry" />
      <Settings group="logs" />
      <p className="text-muted">
        What was measured is under{' '}
        <Link href="/requests" className="underline">
          Requests
        </Link>
        ; what was logged under{' '}
        <Link href="/logs" className="underline">
          Logs
        </Link>
        .
      </p>
    </>
  );
}

function ForgetRow() {
  const [asking, ask] = useState(false);
  const forget = useAction((client) => client.deleteRequests(), {
    success: 'All measured requests are forgotten.',
    done: () => ask(false),
  });
  return (
    <Anchor id="forget" className={rowClass}>
      <div className="flex items-center justify-between gap-6 py-1.5">
        <div className="min-w-0">
          <p className="font-medium">Forget all measured requests</p>
          <p className="text-sm text-muted">
            Deletes every measured request with its prompt and answer, now. Totals since the agent began stay until it ends.
          </p>
        </div>
        <Button variant="danger" onClick={() => ask(true)}>
          Forget All…
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={ask}
        title="Forget all measured requests?"
        description="Times, tokens, outcomes and kept prompts and answers of all requests are deleted. This cannot be undone. Chats stay."
        confirm="Forget All"
        pending={forget.pending}
        onConfirm={() => void forget.run()}
      />
    </Anchor>
  );
}
