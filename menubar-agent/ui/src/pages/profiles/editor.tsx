/** One profile: every option of it, explained, with the command that comes of them. */
import { useRef, useState, type ReactNode } from 'react';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import Ellipsis from 'lucide-react/icons/ellipsis';
import Play from 'lucide-react/icons/play';
import RotateCw from 'lucide-react/icons/rotate-cw';
import { Link, useLocation } from 'wouter';
import type { Profile } from '@mlx-manager/shared';
import { Button, buttonClass, Card, ConfirmDialog, IconButton, Menu, PageHeader, Section, StateDot, toast } from '../../kit/index.js';
import { keyLabel, useShortcut } from '../../lib/keys.js';
import { useLeaveGuard } from '../../lib/leave-guard.js';
import { useAction, useApi, useConnection } from '../../lib/query.js';
import { useServers, useSettings } from '../../lib/resources.js';
import { isAlive, STATE_WORDS } from '../../lib/servers.js';
import { usePageTitle } from '../../lib/title.js';
import { entriesOf, type ProfileActions } from './actions.js';
import { CommandPanel } from './command-panel.js';
import { FieldRow } from './field-row.js';
import { FIELDS, GROUPS, type FieldKey, type FieldSpec } from './fields.js';
import { changesOf, engineOf, localModelOf, optionsOf } from './form.js';
import { NoSuch } from './no-such.js';
import { EngineNote, EnginePicker, ModelNote, ModelPicker } from './pickers.js';
import { useCommand } from './use-command.js';
import { useProfileForm, type Known, type ProfileForm } from './use-form.js';

type Then = 'stay' | 'start' | 'restart';

export interface EditorProps {
  /** As it is now; undefined for a new one. */
  profile: Profile | undefined;
  /** It was deleted while something was typed: saving creates it anew. */
  gone: boolean;
  /** What a new one begins with. */
  model: string | null;
  known: Known;
  actions: ProfileActions;
}

export function Editor({ profile, gone, model, known, actions }: EditorProps) {
  const [, navigate] = useLocation();
  const existing = gone ? undefined : profile;
  const form = useProfileForm(profile, model, known);
  const server = useServers().data?.find(({ profileId }) => profileId === existing?.id);
  const isDefault = useSettings().data?.defaultProfileId === existing?.id;
  const alive = server !== undefined && isAlive(server);
  const engine = engineOf(form.values, known.engines);
  const away = useConnection() === 'away';
  const stamp = `${away} ${engine?.state} ${engine?.version} ${localModelOf(form.values.modelPath, known.models)?.localPath} ${server?.state} ${gone}`;
  const command = useCommand(form.values, existing?.id ?? null, stamp);
  const nextPort = useApi(['next-port'], (client, signal) => client.nextPort({ signal }), { topics: ['profile'], enabled: !profile }).data
    ?.port;
  const body = useRef<HTMLDivElement>(null);
  usePageTitle(existing ? existing.name : 'New Profile');

  const dirty = form.changed.length > 0;
  const released = useRef(false);
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  useLeaveGuard(
    () => dirty && !released.current,
    (go) => setLeaving(() => go),
  );

  const store = useAction((client) =>
    existing
      ? client.updateProfile({ params: { id: existing.id }, body: changesOf(form.values, form.base) })
      : client.createProfile({ body: optionsOf(form.values) }),
  );
  const save = async (then: Then): Promise<void> => {
    form.tellAll();
    const [bad] = FIELDS.filter(({ key }) => form.problems[key] !== undefined);
    if (bad) {
      toast.tell('Correct the marked fields first.', `${bad.label}: ${form.problems[bad.key]}`);
      focusField(body.current, bad.key);
      return;
    }
    let saved = existing;
    if (!existing || form.changed.length > 0) {
      form.saving.current = true;
      saved = await store.run();
      form.saving.current = false;
      if (!saved) {
        const [refused] = FIELDS.filter(({ key }) => command.problems[key] !== undefined);
        if (refused) focusField(body.current, refused.key);
        return;
      }
      toast.done(
        alive && then === 'stay' ? `${saved.name} is saved. The running server takes it up at its next start.` : `${saved.name} is saved.`,
      );
    } else if (then === 'stay') toast.tell('Nothing was changed.');
    if (!saved) return;
    if (then !== 'stay') actions.act(then, saved);
    if (!existing) {
      released.current = true;
      navigate(`/profiles/${saved.id}`, { replace: true });
    }
  };
  useShortcut('mod+s', () => void save('stay'));

  if (gone && !dirty) return <NoSuch which={String(profile?.id)} />;
  const state = server ? STATE_WORDS[server.state] : STATE_WORDS.stopped;
  return (
    <>
      <PageHeader
        title={existing ? existing.name : 'New Profile'}
        {...(existing && { count: <StateDot tone={state.tone} busy={state.busy} label={state.label} /> })}
        below={<GroupLinks body={body} />}
      >
        <Link href="/profiles" className={buttonClass('ghost')}>
          <ArrowLeft aria-hidden />
          All Profiles
        </Link>
        {existing && (
          <Menu
            trigger={<IconButton label={`More for ${existing.name}`} icon={<Ellipsis />} />}
            entries={entriesOf(existing, server, isDefault, actions.act, 'editor')}
          />
        )}
        {alive ? (
          <Button icon={<RotateCw aria-hidden />} disabled={server.state === 'stopping'} onClick={() => void save('restart')}>
            {dirty ? 'Save and Restart' : 'Restart'}
          </Button>
        ) : (
          <Button icon={<Play aria-hidden />} pending={actions.starting.pending} onClick={() => void save('start')}>
            {dirty || !existing ? 'Save and Start' : 'Start'}
          </Button>
        )}
        <Button variant="primary" pending={store.pending} title={keyLabel('mod+s')} onClick={() => void save('stay')}>
          Save
        </Button>
      </PageHeader>
      <div className="flex min-h-0 flex-1 max-lg:flex-col">
        <div
          ref={body}
          role="region"
          aria-label="Options"
          tabIndex={0}
          className="min-h-0 min-w-0 flex-1 overflow-y-auto overscroll-contain px-5 py-4 outline-offset-[-2px]"
        >
          <Notices form={form} gone={gone} running={alive && form.changed.length > 0} />
          {GROUPS.map(({ id, title, hint }) => (
            <Section key={id} title={title} hint={hint}>
              <Card className="!py-0" id={`group-${id}`}>
                {FIELDS.filter(({ group }) => group === id).map((spec) => (
                  <FieldRow
                    key={spec.key}
                    form={form}
                    spec={spec}
                    engine={engine}
                    refused={command.problems[spec.key]}
                    {...special(spec, form, known, engine, nextPort)}
                  />
                ))}
                {id === 'behavior' && existing && <AtLogin profile={existing} onOpen={() => actions.act('login', existing)} />}
              </Card>
            </Section>
          ))}
        </div>
        <aside
          aria-label="Command line"
          className="shrink-0 overflow-y-auto border-line px-4 py-4 max-lg:max-h-44 max-lg:border-t lg:w-90 lg:border-l"
        >
          <CommandPanel state={command} noModel={form.values.modelPath.trim() === ''} />
        </aside>
      </div>
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={(open) => !open && setLeaving(null)}
        title="Leave without saving?"
        description={`What you typed${form.values.name.trim() === '' ? '' : ` for ${form.values.name.trim()}`} is not saved, and would be lost.`}
        confirm="Leave"
        onConfirm={() => {
          const go = leaving;
          setLeaving(null);
          released.current = true;
          go?.();
        }}
      />
    </>
  );
}

/** What some fields show beside, or in place of, the usual. */
function special(
  spec: FieldSpec,
  form: ProfileForm,
  known: Known,
  engine: ReturnType<typeof engineOf>,
  nextPort: number | undefined,
): { control?: ReactNode; more?: ReactNode; none?: string | undefined } {
  const local = localModelOf(form.values.modelPath, known.models);
  const { contextWindow, toolCallParser, reasoningParser } = local?.characteristics ?? {};
  switch (spec.key) {
    case 'modelPath':
      return { control: <ModelPicker form={form} known={known} />, more: <ModelNote path={form.values.modelPath} known={known} /> };
    case 'engine':
      return { control: <EnginePicker form={form} engines={known.engines} />, more: <EngineNote engine={engine} /> };
    case 'contextLength':
      return contextWindow ? { none: `${contextWindow}, the model’s own` } : {};
    case 'toolCallParser':
      return toolCallParser ? { more: <span className="block">This model wants {toolCallParser}.</span> } : {};
    case 'reasoningParser':
      return reasoningParser ? { more: <span className="block">This model wants {reasoningParser}.</span> } : {};
    case 'port':
      return nextPort === undefined ? {} : { none: `${nextPort}, the next free one` };
    default:
      return {};
  }
}

function AtLogin({ profile, onOpen }: { profile: Profile; onOpen: () => void }) {
  return (
    <div className="flex items-start justify-between gap-6 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">Start at Login</p>
        <p className="text-sm text-muted">
          {profile.launchdInstalled
            ? 'macOS starts it when you log in, and keeps it running without the agent.'
            : 'Lets macOS start it when you log in, without the agent.'}
        </p>
      </div>
      <Button onClick={onOpen}>{profile.launchdInstalled ? 'On…' : 'Off…'}</Button>
    </div>
  );
}

function Notices({ form, gone, running }: { form: ProfileForm; gone: boolean; running: boolean }) {
  const note = 'mb-4 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-line px-3 py-2';
  return (
    <div role="status">
      {gone && (
        <p className={`${note} bg-warn-soft`}>This profile was deleted elsewhere. What you typed is kept here; Save creates it anew.</p>
      )}
      {!gone && form.elsewhere && (
        <div className={`${note} bg-warn-soft`}>
          <p className="min-w-0 flex-1">
            This profile was changed elsewhere. What you typed is kept; everything else is shown as it is now.
          </p>
          <Button size="sm" onClick={form.discard}>
            Load It Anew
          </Button>
        </div>
      )}
      {running && !gone && <p className={`${note} bg-sunken text-muted`}>It is running. Changes count at its next start.</p>}
    </div>
  );
}

/** Goes to a group of options. */
function GroupLinks({ body }: { body: { current: HTMLDivElement | null } }) {
  return (
    <nav aria-label="Groups of options" className="-ml-2 flex min-w-0 gap-1 overflow-x-auto">
      {GROUPS.map(({ id, title }) => (
        <Button
          key={id}
          size="sm"
          variant="ghost"
          onClick={() => {
            const card = body.current?.querySelector(`#group-${id}`);
            card?.closest('section')?.scrollIntoView({ block: 'start' });
            card?.querySelector<HTMLElement>(FOCUSABLE)?.focus({ preventScroll: true });
          }}
        >
          {title}
        </Button>
      ))}
    </nav>
  );
}

const FOCUSABLE =
  'input:not([disabled]):not([aria-hidden]),textarea:not([disabled]),[role="switch"]:not([data-disabled]),[role="combobox"]:not([data-disabled])';

function focusField(body: HTMLElement | null, key: FieldKey): void {
  const field = body?.querySelector<HTMLElement>(`[data-field="${key}"]`);
  field?.scrollIntoView({ block: 'center' });
  field?.querySelector<HTMLElement>(FOCUSABLE)?.focus({ preventScroll: true });
}
