/** Starting a profile at login, by launchd: on, off, how it is, or why there is none here. */
import type { Profile } from '@mlx-manager/shared';
import { Button, Dialog, Facts, Field, Skeleton, Switch } from '../../kit/index.js';
import { useAction, useApi } from '../../lib/query.js';

export interface LoginDialogProps {
  profile: Profile;
  /** A server of the agent's own runs it. */
  running: boolean;
  onClose: () => void;
}

export function LoginDialog({ profile, running, onClose }: LoginDialogProps) {
  const { id, name, launchdInstalled } = profile;
  const status = useApi(['launchd', id], (client, signal) => client.launchdStatus({ params: { profileId: id }, signal }), {
    topics: ['profile', 'server'],
  });
  const change = useAction(
    async (client, on: boolean) => {
      const params = { id };
      if (!on) {
        await client.uninstallLaunchd({ params: { profileId: id } });
        if (profile.autoStart) await client.updateProfile({ params, body: { autoStart: false } });
        return;
      }
      if (running) await client.stopServer({ params: { profileId: id } });
      // The job runs at login only for a profile that starts by itself.
      if (!profile.autoStart) await client.updateProfile({ params, body: { autoStart: true } });
      try {
        await client.installLaunchd({ params: { profileId: id } });
      } catch (error) {
        if (!profile.autoStart) await client.updateProfile({ params, body: { autoStart: false } });
        throw error;
      }
    },
    {
      success: (_result, on) => (on ? `${name} starts at login.` : `${name} no longer starts at login.`),
      done: () => status.refetch(),
    },
  );
  const on = change.pending ? change.args === true : launchdInstalled;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Start ${name} at login`}
      description="macOS (launchd) starts the engine when you log in, and keeps it running without the agent. It then listens on the profile’s own port."
      size="sm"
      footer={<Button onClick={onClose}>Close</Button>}
    >
      {status.error !== null && status.data === undefined ? (
        <div role="alert">
          <p className="font-medium wrap-anywhere">{status.error.message}</p>
          <p className="mt-1 wrap-anywhere text-muted">{status.error.action}</p>
        </div>
      ) : status.data === undefined ? (
        <Skeleton rows={2} height={28} />
      ) : (
        <>
          <Field
            row
            label="Start at Login"
            hint={
              running && !on
                ? 'It runs now: the agent stops it, and launchd starts it again.'
                : 'Turning it off ends the server that launchd runs.'
            }
          >
            <Switch checked={on} onCheckedChange={(next) => void change.run(next)} disabled={change.pending} />
          </Field>
          <Facts
            facts={[
              { name: 'State', value: stateOf(status.data) },
              { name: 'Label', value: status.data.label, mono: true },
              { name: 'File', value: status.data.plistPath, copy: status.data.plistPath, mono: true },
            ]}
          />
        </>
      )}
    </Dialog>
  );
}

function stateOf({
  installed,
  running,
  pid,
  lastExitCode,
}: {
  installed: boolean;
  running: boolean;
  pid: number | null;
  lastExitCode: number | null;
}): string {
  if (!installed) return 'Not installed';
  if (running) return pid === null ? 'Running' : `Running, process ${pid}`;
  return lastExitCode === null ? 'Installed, not running' : `Installed, ended with code ${lastExitCode}`;
}
