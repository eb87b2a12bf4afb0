/** All profiles: found by typing, started, stopped, carried to another machine. */
import { useCallback, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import Download from 'lucide-react/icons/download';
import Plus from 'lucide-react/icons/plus';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import Upload from 'lucide-react/icons/upload';
import { Link } from 'wouter';
import type { Profile } from '@mlx-manager/shared';
import {
  Await,
  Button,
  buttonClass,
  EmptyState,
  Menu,
  PageHeader,
  SearchInput,
  SharedMenu,
  Skeleton,
  VirtualList,
} from '../../kit/index.js';
import { useEngines, useLocalModels, useProfiles, useServers, useSettings } from '../../lib/resources.js';
import { findProfiles } from '../../lib/servers.js';
import { entriesOf, type ProfileActions } from './actions.js';
import { engineOf } from './form.js';
import { ImportDialog } from './import-dialog.js';
import { Row } from './row.js';

export function ProfileList({ actions }: { actions: ProfileActions }) {
  const profiles = useProfiles();
  const servers = useServers().data;
  const engines = useEngines().data;
  const defaultId = useSettings().data?.defaultProfileId ?? null;
  const [text, setText] = useState('');
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [importing, setImporting] = useState<{ file: File | null } | null>(null);
  const [menu, setMenu] = useState<{ profile: Profile; button: HTMLElement } | null>(null);
  const openMenu = useCallback((profile: Profile, button: HTMLElement) => setMenu({ profile, button }), []);
  const lastMenu = useRef(menu);
  if (menu) lastMenu.current = menu;
  const { act, busy, exportProfiles } = actions;
  const all = profiles.data;
  const sorted = useMemo(() => [...(all ?? [])].sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id), [all]);
  const found = useMemo(() => findProfiles(sorted, text), [sorted, text]);
  const byProfile = useMemo(() => new Map((servers ?? []).map((one) => [one.profileId, one])), [servers]);
  // What was deleted meanwhile is chosen no longer.
  const chosen = useMemo(() => sorted.filter(({ id }) => selected.has(id)).map(({ id }) => id), [sorted, selected]);
  const select = useCallback(
    (id: number, on: boolean) =>
      setSelected((before) => {
        const next = new Set(before);
        if (on) next.add(id);
        else next.delete(id);
        return next;
      }),
    [],
  );
  const onDrop = (event: DragEvent): void => {
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    setImporting({ file });
  };
  // While it closes it shows what it showed.
  const of = menu?.profile ?? lastMenu.current?.profile;
  const entries = of ? entriesOf(of, byProfile.get(of.id), of.id === defaultId, act, 'row') : [];
  const importButton = (
    <Button icon={<Upload aria-hidden />} onClick={() => setImporting({ file: null })}>
      Import
    </Button>
  );
  return (
    <div
      className="flex min-h-0 flex-1 flex-col"
      onDragOver={(event) => event.dataTransfer.types.includes('Files') && event.preventDefault()}
      onDrop={onDrop}
    >
      <PageHeader
        title="Profiles"
        count={all && all.length > 0 ? all.length : undefined}
        below={
          <>
            <SearchInput value={text} onValueChange={setText} label="Search profiles" onKeyDown={toFirst} />
            {chosen.length > 0 && (
              <>
                <span role="status" className="shrink-0 text-muted">
                  {chosen.length} selected
                </span>
                <Button icon={<Download aria-hidden />} onClick={() => exportProfiles(chosen)}>
                  Export Selected
                </Button>
                <Button variant="ghost" onClick={() => setSelected(new Set())}>
                  Clear
                </Button>
              </>
            )}
          </>
        }
      >
        {importButton}
        {all && all.length > 0 && (
          <Menu
            trigger={<Button icon={<Download aria-hidden />}>Export</Button>}
            entries={[
              { label: `All (${all.length})`, run: () => exportProfiles() },
              { label: `Selected (${chosen.length})`, run: () => exportProfiles(chosen), disabled: chosen.length === 0 },
            ]}
          />
        )}
        <Link href="/profiles/new" className={buttonClass('primary')}>
          <Plus aria-hidden />
          New Profile
        </Link>
      </PageHeader>
      <div className="flex min-h-0 flex-1 flex-col px-5 pt-3">
        <Await of={profiles} skeleton={<Skeleton rows={6} height={56} />}>
          {() =>
            sorted.length === 0 ? (
              <Nothing />
            ) : found.length === 0 ? (
              <EmptyState title="No such profile" action={<Button onClick={() => setText('')}>Show All</Button>}>
                None has “{text.trim()}” in its name, model, engine or aliases.
              </EmptyState>
            ) : (
              <div className="flex min-h-0 flex-1 flex-col" onKeyDown={goThrough}>
                <VirtualList
                  items={found}
                  keyOf={({ id }) => id}
                  estimate={58}
                  gap={6}
                  label="Profiles"
                  className="-mx-5 px-5 pb-4"
                  row={(profile) => (
                    <Row
                      profile={profile}
                      server={byProfile.get(profile.id)}
                      engine={engineName(profile, engines)}
                      isDefault={profile.id === defaultId}
                      selected={selected.has(profile.id)}
                      busy={busy.has(profile.id)}
                      act={act}
                      select={select}
                      menuOpen={menu?.profile.id === profile.id}
                      openMenu={openMenu}
                    />
                  )}
                />
              </div>
            )
          }
        </Await>
      </div>
      <SharedMenu anchor={menu?.button ?? null} entries={entries} onClose={() => setMenu(null)} />
      {importing && <ImportDialog file={importing.file} onClose={() => setImporting(null)} />}
    </div>
  );
}

const engineName = (profile: { engine: string | null; modelType: string }, engines: Parameters<typeof engineOf>[1] | undefined): string =>
  engineOf({ engine: profile.engine ?? '', modelType: profile.modelType }, engines ?? [])?.name ?? profile.engine ?? '';

function Nothing() {
  const models = useLocalModels().data;
  const some = (models ?? []).some(({ complete }) => complete);
  return (
    <EmptyState
      icon={<SlidersHorizontal />}
      title="No profile yet"
      action={
        <>
          <Link href="/models" className={buttonClass(some ? 'plain' : 'primary')}>
            Find a Model
          </Link>
          <Link href="/profiles/new" className={buttonClass(some ? 'primary' : 'plain')}>
            New Profile
          </Link>
        </>
      }
    >
      A profile is a model with its settings, under a name that clients use. A downloaded model gets one by itself when it is used first.
    </EmptyState>
  );
}

const links = (within: ParentNode): HTMLElement[] =>
  // Drawn in any order: by their place on the page.
  [...within.querySelectorAll<HTMLElement>('[data-row]')].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);

/** Up and down go from name to name. */
function goThrough(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const all = links(event.currentTarget);
  const at = all.indexOf(event.target as HTMLElement);
  if (step === 0 || at < 0) return;
  event.preventDefault();
  const next = all[at + step];
  if (next) next.focus();
  else if (step < 0) document.querySelector<HTMLElement>('[data-page-search]')?.focus();
}

/** Down in the search goes to the first profile. */
function toFirst(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown') return;
  const first = links(document).find((link) => link.offsetParent !== null);
  if (!first) return;
  event.preventDefault();
  first.focus();
}
