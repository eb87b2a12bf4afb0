/** Other revisions of a model than the newest: fetched by name, deleted one by one. */
import { useId, useState } from 'react';
import Ellipsis from 'lucide-react/icons/ellipsis';
import type { LocalModel } from '@mlx-manager/shared';
import { Button, ConfirmDialog, Dialog, Field, IconButton, Input, Menu } from '../../kit/index.js';
import { shortName } from '../../lib/bring-up.js';
import { useAction } from '../../lib/query.js';

/** As the hub writes commits in short. */
const SHORT = 7;

export function RevisionsMenu({ modelId, local }: { modelId: string; local: LocalModel | null }) {
  const [fetching, setFetching] = useState(false);
  const [deleting, setDeleting] = useState<string | null>(null);
  const name = shortName(modelId);
  // The only one is deleted with the model.
  const revisions = local !== null && local.revisions.length > 1 ? local.revisions : [];
  const remove = useAction((client, revision: string) => client.deleteModel({ params: { modelId }, query: { revision } }), {
    success: (_done, revision) => `Revision ${revision.slice(0, SHORT)} of ${name} is deleted.`,
    done: () => setDeleting(null),
    failed: () => {
      setDeleting(null);
      return false;
    },
  });
  return (
    <>
      <Menu
        trigger={<IconButton label={`More for ${name}`} icon={<Ellipsis />} />}
        entries={[
          { label: 'Download Revision…', run: () => setFetching(true) },
          ...revisions.map((revision) => ({
            label: `Delete Revision ${revision.slice(0, SHORT)}${revision === local?.revision ? ' (Newest)' : ''}…`,
            danger: true,
            run: () => setDeleting(revision),
          })),
        ]}
      />
      {fetching && <FetchDialog modelId={modelId} onClose={() => setFetching(false)} />}
      <ConfirmDialog
        open={deleting !== null}
        onOpenChange={(open) => !open && setDeleting(null)}
        title={`Delete revision ${deleting?.slice(0, SHORT) ?? ''} of ${name}?`}
        description="What other revisions share with it stays. It can be downloaded again."
        confirm="Delete"
        pending={remove.pending}
        onConfirm={() => deleting !== null && void remove.run(deleting)}
      />
    </>
  );
}

function FetchDialog({ modelId, onClose }: { modelId: string; onClose: () => void }) {
  const id = useId();
  const [revision, setRevision] = useState('');
  const name = shortName(modelId);
  const wanted = revision.trim();
  const start = useAction((client) => client.downloadModel({ body: { modelId, revision: wanted } }), {
    success: `Revision ${wanted} of ${name} is being downloaded.`,
    done: onClose,
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title={`Download a revision of ${name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={id} disabled={wanted === ''} pending={start.pending}>
            Download
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted !== '' && !start.pending) void start.run();
        }}
      >
        <Field label="Revision" hint="A branch, a tag or a commit, as its page on the hub lists them.">
          <Input autoFocus value={revision} onValueChange={setRevision} maxLength={200} placeholder="main" />
        </Field>
      </form>
    </Dialog>
  );
}
