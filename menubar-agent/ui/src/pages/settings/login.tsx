/** Whether macOS starts the agent when its owner logs in. */
import { useQueryClient } from '@tanstack/react-query';
import { CopyButton, Field, Switch } from '../../kit/index.js';
import { useAction, useApi } from '../../lib/query.js';
import { useSystemInfo } from '../../lib/resources.js';
import { Anchor, rowClass } from './row.js';
import { tellRefusal } from './use-setting.js';

const KEY = ['launchd', 'agent'];

export function LoginRow() {
  const platform = useSystemInfo().data?.platform;
  const unsupported = platform !== undefined && platform !== 'darwin';
  const status = useApi(KEY, (client, signal) => client.agentLaunchdStatus({ signal }), { enabled: platform === 'darwin' });
  const queries = useQueryClient();
  const change = useAction((client, on: boolean) => (on ? client.installAgentLaunchd() : client.uninstallAgentLaunchd()), {
    done: () => void queries.invalidateQueries({ queryKey: KEY }),
    // Told at the field.
    failed: () => true,
  });
  const { data, error } = status;
  const known = data !== undefined;
  const problem = change.error ?? error;
  const state = !data
    ? ''
    : !data.installed
      ? ''
      : data.running
        ? ` It runs there now, as process ${data.pid ?? 0}.`
        : ' It begins at the next login.';
  return (
    <Anchor id="login" className={rowClass}>
      <Field
        row
        label="Start at login"
        hint={
          unsupported ? (
            'Only macOS can do this, by launchd. On this system start the agent by the means of the system, for example a systemd user service that runs “mlx-manager start --headless”.'
          ) : (
            <>
              macOS starts the agent, without the menu bar app, whenever you log in.{state} The app itself is started at login by its own
              menu.
            </>
          )
        }
        error={problem === null ? null : tellRefusal(problem)}
        className="!py-1.5"
      >
        {data?.installed && <CopyButton text={data.plistPath} label="Copy the path of its file" />}
        <Switch
          checked={change.pending ? change.args === true : (data?.installed ?? false)}
          disabled={!known || change.pending}
          onCheckedChange={(on) => void change.run(on)}
        />
      </Field>
    </Anchor>
  );
}
