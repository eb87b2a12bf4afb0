/** Asks before an engine is removed: what runs on it, and what can no longer be started. */
import type { Engine } from '@mlx-manager/shared';
import { Link } from 'wouter';
import { Button, ConfirmDialog, Dialog } from '../../../kit/index.js';
import { bytes, plural } from '../../../lib/format.js';
import { useAction } from '../../../lib/query.js';
import { useProfiles, useServers } from '../../../lib/resources.js';
import { named, profilesOn, serversOn } from './words.js';

export function RemoveEngine({ engine, onClose }: { engine: Engine; onClose: () => void }) {
  const { id, name, sizeBytes } = engine;
  const profiles = profilesOn(engine, useProfiles().data ?? []);
  const running = serversOn(engine, useServers().data ?? []);
  const remove = useAction((client, engineId: string) => client.removeEngine({ params: { engineId } }), {
    success: `${name} is removed.`,
    done: onClose,
  });
  if (running.length > 0) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        size="sm"
        title={`${name} is in use`}
        description={`It runs ${named(running.map(({ profileName }) => profileName))}. Stop ${running.length === 1 ? 'this server' : 'these servers'} first.`}
        footer={
          <>
            <Link href="/servers" className="mr-auto self-center">
              Open Servers
            </Link>
            <Button autoFocus onClick={onClose}>
              Close
            </Button>
          </>
        }
      />
    );
  }
  const freed = sizeBytes === null ? 'Its folder is deleted' : `Its folder is deleted, which frees ${bytes(sizeBytes)}`;
  const lost =
    profiles.length === 0
      ? 'No profile is started with it.'
      : `${plural(profiles.length, 'profile')} cannot be started until it is installed again: ${named(profiles.map((one) => one.name))}.`;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Remove ${name}?`}
      description={`${freed}. ${lost} Models and profiles stay.`}
      confirm="Remove"
      pending={remove.pending}
      onConfirm={() => void remove.run(id)}
    />
  );
}
