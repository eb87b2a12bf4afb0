/** The start: the engine loads the model. */
import type { AgentError, LocalModel, Server } from '@mlx-manager/shared';
import { Button, Progress } from '../../kit/index.js';
import { shortName } from '../../lib/bring-up.js';
import { useServers } from '../../lib/resources.js';
import { NO_ROOM } from '@mlx-manager/shared';
import { serverOfModel } from './state.js';
import { Step, Trouble } from './step.js';

export interface StartStepProps {
  /** Here, whole; null before that. */
  model: LocalModel | null;
  engineReady: boolean;
  server: Server | null;
  starting: boolean;
  error: AgentError | null;
  again: (makeRoom: boolean) => void;
}

export function StartStep({ model, engineReady, server, starting, error, again }: StartStepProps) {
  const servers = useServers().data ?? [];
  if (server?.state === 'healthy') {
    return (
      <Step number={3} title="Start" state="done">
        <p className="truncate text-muted">{server.profileName} runs.</p>
      </Step>
    );
  }
  if (model === null || !engineReady) return <Step number={3} title="Start" state="waiting" />;
  const failure = server || starting ? null : (error ?? serverOfModel(model, servers, true)?.failure ?? null);
  if (failure !== null) {
    const noRoom = 'code' in failure && NO_ROOM.has(failure.code);
    return (
      <Step number={3} title="Start" state="now">
        <Trouble message={failure.message} action={failure.action} />
        <Button variant="primary" className="mt-2" onClick={() => again(noRoom)}>
          {noRoom ? 'Unload Others and Start' : 'Try Again'}
        </Button>
      </Step>
    );
  }
  return (
    <Step number={3} title="Start" state="now">
      <p role="status" className="text-muted">
        {shortName(model.modelId)} is loaded into memory…
      </p>
      <Progress className="mt-2" value={null} label={`Start of ${shortName(model.modelId)}`} />
    </Step>
  );
}
