/** Use a model: its profile is found or made, and started. What stands in the way is asked for: a missing engine, memory. */
import { useState } from 'react';
import Play from 'lucide-react/icons/play';
import type { LocalModel } from '@mlx-manager/shared';
import { Button, ConfirmDialog, Dialog, Progress, type ButtonSize, type ButtonVariant } from '../../kit/index.js';
import { installEngine, profileFor, shortName, startProfile } from '../../lib/bring-up.js';
import { useAction } from '../../lib/query.js';
import { useEngines } from '../../lib/resources.js';
import { roomHelps } from '@mlx-manager/shared';

type Obstacle = { kind: 'engine'; engineId: string } | { kind: 'memory'; words: string };

export function UseButton({ model, size = 'sm', variant = 'primary' }: { model: LocalModel; size?: ButtonSize; variant?: ButtonVariant }) {
  const [obstacle, setObstacle] = useState<Obstacle | null>(null);
  const name = shortName(model.modelId);
  const start = useAction(
    async (client, makeRoom: boolean) => {
      const profile = await profileFor(client, model);
      await startProfile(client, profile.id, makeRoom);
      return profile;
    },
    {
      success: (profile) => `${profile.name} is starting.`,
      done: () => setObstacle(null),
      failed: (error) => {
        const { code, message, details } = error;
        if (code === 'ENGINE_NOT_INSTALLED' && typeof details.engineId === 'string')
          setObstacle({ kind: 'engine', engineId: details.engineId });
        else if (roomHelps(error)) setObstacle({ kind: 'memory', words: message });
        else return false;
        return true;
      },
    },
  );
  return (
    <>
      <Button
        size={size}
        variant={variant}
        icon={<Play aria-hidden />}
        pending={start.pending}
        aria-label={`Use ${name}`}
        onClick={() => void start.run(false)}
      >
        Use
      </Button>
      {obstacle?.kind === 'engine' && (
        <EngineDialog engineId={obstacle.engineId} name={name} close={() => setObstacle(null)} installed={() => void start.run(false)} />
      )}
      <ConfirmDialog
        open={obstacle?.kind === 'memory'}
        onOpenChange={() => setObstacle(null)}
        title="Unload other models?"
        description={`${obstacle?.kind === 'memory' ? obstacle.words : ''} Others can be unloaded for it.`}
        confirm="Unload and Start"
        danger={false}
        pending={start.pending}
        onConfirm={() => void start.run(true)}
      />
    </>
  );
}

function EngineDialog({ engineId, name, close, installed }: { engineId: string; name: string; close: () => void; installed: () => void }) {
  const engine = useEngines().data?.find((one) => one.id === engineId);
  const title = engine?.name ?? engineId;
  const install = useAction((client) => installEngine(client, engineId), { success: `${title} is installed.`, done: installed });
  return (
    <Dialog
      open
      onOpenChange={close}
      title={`Install ${title}?`}
      description={`${name} needs this engine. It is installed into a folder of its own, once; that takes a few minutes.`}
      size="sm"
      footer={
        <>
          <Button onClick={close}>{install.pending ? 'Close' : 'Cancel'}</Button>
          <Button variant="primary" pending={install.pending} onClick={() => void install.run()}>
            Install and Start
          </Button>
        </>
      }
    >
      {install.pending && (
        <>
          <Progress value={null} label={`Installation of ${title}`} />
          <p className="mt-1 h-8 overflow-hidden text-sm wrap-anywhere text-muted">{engine?.progress ?? 'Starting…'}</p>
        </>
      )}
    </Dialog>
  );
}
