/** Ends the agent, and says what becomes of what runs. */
import { useState } from 'react';
import { Button, Checkbox, Dialog } from '../../../kit/index.js';
import { plural } from '../../../lib/format.js';
import { inMacApp } from '../../../lib/here.js';
import { useAction, useConnection } from '../../../lib/query.js';
import { useAgentStatus, useServers } from '../../../lib/resources.js';
import { isAlive } from '../../../lib/servers.js';
import { named } from '../engines/words.js';
import { useKnownSettings } from '../use-setting.js';
import { ActionRow } from './action-row.js';

const START = inMacApp
  ? 'choose Start the Agent in the menu of the icon'
  : 'choose Start the Agent in the menu of the Mac app’s icon, or type “npx mlx-manager start” in the folder of MLX Manager';

export function StopRow() {
  const [asking, ask] = useState(false);
  const away = useConnection() === 'away';
  return (
    <ActionRow
      id="stop"
      title="Stop the agent"
      hint={
        away
          ? `It does not answer: it may be stopped already. To start it, ${START}.`
          : `Ends it in good order. This window and all clients have no agent then. To start it again, ${START}.`
      }
    >
      <Button variant="danger" disabled={away} onClick={() => ask(true)}>
        Stop Agent…
      </Button>
      {asking && <StopDialog onClose={() => ask(false)} />}
    </ActionRow>
  );
}

function StopDialog({ onClose }: { onClose: () => void }) {
  const { keepServersRunning } = useKnownSettings();
  const running = (useServers().data ?? []).filter((one) => isAlive(one) && one.managedBy === 'agent');
  const downloads = useAgentStatus().data?.downloads ?? 0;
  const [keep, setKeep] = useState(keepServersRunning);
  const stop = useAction((client, keepServers: boolean) => client.shutdown({ body: { keepServers } }), {
    // That it is gone is told by the page's own banner.
    done: onClose,
  });
  const names = named(running.map(({ profileName }) => profileName));
  return (
    <Dialog
      open
      alert
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title="Stop the agent?"
      description={
        running.length === 0 ? 'No model runs.' : `${plural(running.length, 'model')} ${running.length === 1 ? 'runs' : 'run'}: ${names}.`
      }
      footer={
        <>
          <Button autoFocus onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" className="!bg-bad-fill" pending={stop.pending} onClick={() => void stop.run(keep)}>
            Stop Agent
          </Button>
        </>
      }
    >
      {running.length > 0 && (
        <>
          <Checkbox checked={keep} onCheckedChange={setKeep}>
            Leave models running
          </Checkbox>
          <p className="mt-1 text-sm text-muted">
            {keep
              ? 'They keep their memory and answer on their own ports. The next agent takes them over.'
              : 'They are stopped, and their memory is free.'}
          </p>
        </>
      )}
      <p className="mt-2 text-sm text-muted">
        Answers that are being written end here.
        {downloads > 0 && ` ${plural(downloads, 'download')} under way ${downloads === 1 ? 'goes' : 'go'} on with the next start.`}
      </p>
    </Dialog>
  );
}
