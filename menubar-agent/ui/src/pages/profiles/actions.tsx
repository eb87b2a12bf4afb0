/** What can be done with a profile, from its row and from its editor; and the questions that come before some of it. */
import { useCallback, useRef, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { Profile, RoutingRule, Server } from '@mlx-manager/shared';
import { ConfirmDialog, copyText, toast, type MenuEntry } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { useAgentStatus, useProfiles, useRoutingRules, useServers, useSettings, useUsage } from '../../lib/resources.js';
import { isAlive } from '../../lib/servers.js';
import { useStarting, type Starting } from '../../lib/starting.js';
import { saveText } from '../../lib/save-file.js';
import { NoRoomDialog } from '../../parts/no-room.js';
import { writeBundle } from './bundle.js';
import { freeName } from './form.js';
import { LoginDialog } from './login-dialog.js';

export type Act =
  | 'start'
  | 'stop'
  | 'restart'
  | 'chat'
  | 'edit'
  | 'duplicate'
  | 'delete'
  | 'copy-name'
  | 'copy-url'
  | 'logs'
  | 'connect'
  | 'default'
  | 'login'
  | 'export';

export interface ProfileActions {
  act: (what: Act, profile: Profile) => void;
  starting: Starting;
  /** Profiles with which something is being done. */
  busy: ReadonlySet<number>;
  exportProfiles: (ids?: readonly number[]) => void;
  dialogs: ReactNode;
}

type Asking = { what: 'delete' | 'stop' | 'restart' | 'login'; id: number };

export function useProfileActions(deleted?: (id: number) => void): ProfileActions {
  const [, navigate] = useLocation();
  const profiles = useProfiles().data;
  const servers = useServers().data;
  const usage = useUsage().data;
  const agent = useAgentStatus().data;
  const defaultId = useSettings().data?.defaultProfileId;
  const rules = useRoutingRules().data ?? [];
  const starting = useStarting();
  const [asking, ask] = useState<Asking | null>(null);
  const [busy, setBusy] = useState<ReadonlySet<number>>(new Set());
  const during = async (id: number, work: () => Promise<unknown>): Promise<void> => {
    setBusy((before) => new Set([...before, id]));
    await work();
    setBusy((before) => new Set([...before].filter((one) => one !== id)));
  };
  const stop = useAction((client, profileId: number) => client.stopServer({ params: { profileId } }));
  const restart = useAction((client, profileId: number) => client.restartServer({ params: { profileId } }));
  const duplicate = useAction(
    (client, { id, newName }: { id: number; newName: string }) => client.duplicateProfile({ params: { id }, body: { newName } }),
    {
      success: ({ name }) => `${name} is there. Change what shall differ.`,
      done: ({ id }) => navigate(`/profiles/${id}`),
    },
  );
  const remove = useAction((client, { id }: Profile) => client.deleteProfile({ params: { id } }), {
    success: (_result, { name }) => `${name} is deleted.`,
    done: (_result, { id }) => deleted?.(id),
  });
  const setDefault = useAction((client, defaultProfileId: number | null) => client.updateSettings({ body: { defaultProfileId } }), {
    success: ({ defaultProfileId }) => {
      const name = profiles?.find(({ id }) => id === defaultProfileId)?.name;
      return name === undefined ? 'No profile is the default now.' : `${name} answers where a client names no model.`;
    },
  });
  const exported = useAction(
    (client, ids: readonly number[] | undefined) => client.exportProfiles(ids ? { query: { ids: ids.join(',') } } : {}),
    {
      done: (bundle) => saveText(writeBundle(bundle), 'mlx-manager-profiles.json', 'application/json'),
      success: (bundle) => `${plural(bundle.profiles.length, 'profile')} exported.`,
    },
  );

  const active = (id: number): number => usage?.servers.find(({ profileId }) => profileId === id)?.active ?? 0;
  const perform = (what: Act, profile: Profile): void => {
    const { id, name } = profile;
    switch (what) {
      case 'start':
        return void during(id, () => starting.start({ profileId: id, name }));
      case 'stop':
        if (active(id) > 0) ask({ what, id });
        else void during(id, () => stop.run(id));
        return;
      case 'restart':
        if (active(id) > 0) ask({ what, id });
        else void during(id, () => restart.run(id));
        return;
      case 'edit':
        navigate(`/profiles/${id}`);
        return;
      case 'chat':
      case 'logs':
      case 'connect':
        navigate(`/${what}?profile=${id}`);
        return;
      case 'duplicate':
        return void duplicate.run({ id, newName: freeName(name.replace(/ \d+$/, ''), profiles ?? []) });
      case 'copy-name':
        return void copyText(name).then((done) => done && toast.done(`“${name}” is copied.`));
      case 'copy-url':
        return void (agent && copyText(agent.baseUrl).then((done) => done && toast.done(`${agent.baseUrl} is copied.`)));
      case 'default':
        return void setDefault.run(id === defaultId ? null : id);
      case 'export':
        return void exported.run([id]);
      case 'delete':
      case 'login':
        ask({ what, id });
    }
  };
  const latest = useRef(perform);
  latest.current = perform;
  const act = useCallback((what: Act, profile: Profile) => latest.current(what, profile), []);
  const { run: runExport } = exported;
  const exportProfiles = useCallback((ids?: readonly number[]) => void runExport(ids), [runExport]);

  // While a dialog closes it says what it said.
  const last = useRef<Asking | null>(null);
  if (asking) last.current = asking;
  const about = asking ?? last.current;
  const profile = profiles?.find(({ id }) => id === about?.id);
  const server = servers?.find(({ profileId }) => profileId === about?.id);
  const runs = server !== undefined && isAlive(server);
  const close = (): void => ask(null);
  const requests = about ? active(about.id) : 0;
  const dialogs = (
    <>
      <NoRoomDialog starting={starting} />
      <ConfirmDialog
        open={asking?.what === 'delete' && profile !== undefined}
        onOpenChange={close}
        title={runs ? `${profile?.name} is running` : `Delete ${profile?.name}?`}
        description={
          runs
            ? 'A running profile cannot be deleted. Stop it first; then you are asked again.'
            : `${profile?.launchdInstalled ? 'It is taken out of login. ' : ''}Its settings and its log go. The model stays on this machine, and so do its chats.${usedBy(profile, defaultId, rules)}`
        }
        confirm={runs ? 'Stop It' : 'Delete'}
        danger={!runs}
        pending={stop.pending || remove.pending}
        onConfirm={() => {
          if (!profile) return;
          if (runs) void stop.run(profile.id);
          else void remove.run(profile).then(close);
        }}
      />
      <ConfirmDialog
        open={asking?.what === 'stop' || asking?.what === 'restart'}
        onOpenChange={close}
        title={`${about?.what === 'restart' ? 'Restart' : 'Stop'} ${profile?.name} now?`}
        description={`${plural(requests, 'request')} ${requests === 1 ? 'is' : 'are'} under way and will break off.`}
        confirm={about?.what === 'restart' ? 'Restart' : 'Stop'}
        onConfirm={() => {
          close();
          if (!about) return;
          void during(about.id, () => (about.what === 'restart' ? restart : stop).run(about.id));
        }}
      />
      {asking?.what === 'login' && profile && (
        <LoginDialog profile={profile} running={runs && server.managedBy === 'agent'} onClose={close} />
      )}
    </>
  );
  return { act, starting, busy, exportProfiles, dialogs };
}

/** What else loses it, in sentences behind what was said; empty when nothing does. */
function usedBy(profile: Profile | undefined, defaultId: number | null | undefined, rules: readonly RoutingRule[]): string {
  if (!profile) return '';
  const pointing = rules.filter(({ target, fallbacks }) =>
    [...(target === null ? [] : [target]), ...fallbacks].some(({ profileId }) => profileId === profile.id),
  );
  const named = pointing.slice(0, 3).map(({ name }) => name);
  const more = pointing.length > named.length ? ` and ${pointing.length - named.length} more` : '';
  return [
    ...(profile.id === defaultId ? [' It is the default profile: there is none then.'] : []),
    ...(pointing.length === 0
      ? []
      : [` ${plural(pointing.length, 'routing rule')} would lead nowhere until pointed at another profile: ${named.join(', ')}${more}.`]),
  ].join('');
}

/** The menu of a profile. @param where an editor leaves out what it is. */
export function entriesOf(
  profile: Profile,
  server: Server | undefined,
  isDefault: boolean,
  act: (what: Act, profile: Profile) => void,
  where: 'row' | 'editor',
): MenuEntry[] {
  const entry = (what: Act, label: string, more: { danger?: boolean; disabled?: boolean } = {}): MenuEntry => ({
    label,
    run: () => act(what, profile),
    ...more,
  });
  const alive = server !== undefined && isAlive(server);
  return [
    ...(where === 'row' ? [entry('edit', 'Edit')] : []),
    entry('duplicate', 'Duplicate'),
    ...(where === 'row' && alive ? [entry('restart', 'Restart')] : []),
    entry('default', isDefault ? 'No Longer Default' : 'Make Default'),
    entry('login', 'Start at Login…'),
    'separator',
    entry('chat', 'Chat'),
    entry('connect', 'Connect a Client'),
    entry('logs', 'Show Logs'),
    'separator',
    entry('copy-name', 'Copy Model Name'),
    entry('copy-url', 'Copy Base URL'),
    entry('export', 'Export…'),
    'separator',
    entry('delete', 'Delete…', { danger: true }),
  ];
}
