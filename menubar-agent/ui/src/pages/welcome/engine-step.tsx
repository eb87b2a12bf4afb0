/** The engine: what loads models and answers. */
import Download from 'lucide-react/icons/download';
import type { Engine } from '@mlx-manager/shared';
import { Button, Progress } from '../../kit/index.js';
import { adviceFor } from '../../lib/advice.js';
import { useAction } from '../../lib/query.js';
import { Step, Trouble } from './step.js';

export function EngineStep({ engine }: { engine: Engine | undefined }) {
  const install = useAction((client, engineId: string) => client.installEngine({ params: { engineId } }));
  if (!engine) {
    return (
      <Step number={1} title="Engine" state="now">
        <Trouble message="This agent has no engine for text." action="Reinstall MLX Manager." />
      </Step>
    );
  }
  const { state, name, version, pinnedVersion, progress, error, id } = engine;
  if (state === 'installed') {
    return (
      <Step number={1} title="Engine" state="done">
        <p className="text-muted">
          {name} {version} is installed.
        </p>
      </Step>
    );
  }
  const installing = state === 'installing' || install.pending;
  return (
    <Step number={1} title="Engine" state="now">
      <p className="text-muted">
        {name} loads models and answers. It is installed into a folder of its own, once; that takes a few minutes and touches nothing else
        on this Mac.
      </p>
      {error && !installing && <Trouble message={error.message} action={adviceFor(error.code, error.action)} />}
      {installing ? (
        <div className="mt-2">
          <Progress value={null} label={`Installation of ${name}`} />
          <p className="mt-1 h-4 truncate text-sm text-muted">{progress ?? 'Starting…'}</p>
        </div>
      ) : (
        <Button variant="primary" className="mt-2" icon={<Download aria-hidden />} onClick={() => void install.run(id)}>
          {state === 'broken' ? `Repair ${name}` : `Install ${name} ${pinnedVersion}`}
        </Button>
      )}
    </Step>
  );
}
