/** How a setting is drawn: its name, what it does, its control, and the way back to the default. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import RotateCcw from 'lucide-react/icons/rotate-ccw';
import { SETTING_DEFAULTS, type SettingKey } from '@mlx-manager/shared';
import { useLocation, useSearch } from 'wouter';
import { cn, Field, IconButton } from '../../kit/index.js';
import { CATALOGUE } from './catalogue.js';
import { GROUPS, type GroupId, type SettingGroup } from './places.js';
import { tellRefusal, tellSource, type Setting } from './use-setting.js';
import { tellValue } from './values.js';

/** How long what was searched for stays marked, ms. */
const MARK_MS = 4000;

/** Focuses the first control of a part of the page. */
export function focusIn(part: Element | null | undefined): void {
  const field = part?.querySelector<HTMLElement>('input:not([type=checkbox],[aria-hidden=true])');
  const control = field ?? part?.querySelector<HTMLElement>('button:not([data-reset]),[role=switch],a');
  control?.focus({ preventScroll: true });
}

/** A row of a group: what marks it reaches from side to side. */
export const rowClass = '-mx-3 px-3 py-1';

/** Whatever the search can lead to: it is scrolled to, focused and marked. */
export function Anchor({ id, className, children }: { id: string; className?: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const search = useSearch();
  const [location, navigate] = useLocation();
  const wanted = new URLSearchParams(search).get('at') === id;
  const [marked, mark] = useState(false);
  useEffect(() => {
    if (!wanted) return;
    mark(true);
    box.current?.scrollIntoView({ block: 'center' });
    focusIn(box.current);
    // Once: who comes back to this address later is not led there again.
    navigate(location, { replace: true });
  }, [wanted, location, navigate]);
  useEffect(() => {
    if (!marked) return undefined;
    const timer = setTimeout(() => mark(false), MARK_MS);
    return () => clearTimeout(timer);
  }, [marked]);
  return (
    <div
      ref={box}
      data-place={id}
      data-marked={marked || undefined}
      className={cn('scroll-my-4', marked && 'rounded-md bg-accent-soft', className)}
    >
      {children}
    </div>
  );
}

/** Settings that stand together. */
export function Group({
  id,
  title,
  hint,
  aside,
  children,
}: {
  id?: string;
  title: string;
  hint?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} data-group={id} className="mb-7">
      <div className="mb-1.5 flex items-end justify-between gap-3">
        <div className="min-w-0">
          <h3 className="text-lg font-semibold">{title}</h3>
          {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
        </div>
        {aside}
      </div>
      <div className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface px-3">{children}</div>
    </section>
  );
}

/** A group of the catalogue by its name. */
export function groupOf(id: GroupId): SettingGroup {
  const group = (GROUPS as readonly SettingGroup[]).find((one) => one.id === id);
  if (!group) throw new Error(`There is no group ${id}.`);
  return group;
}

export function BackToDefault({ setting }: { setting: Pick<Setting<SettingKey>, 'key' | 'source' | 'pending' | 'reset'> }) {
  const { key, source, pending, reset } = setting;
  const { env } = CATALOGUE[key];
  // Its place stays: nothing moves when it comes.
  if (source !== 'setting') return <span aria-hidden className="size-6 shrink-0 max-md:hidden" />;
  const usual = env === undefined ? `: ${tellValue(key, SETTING_DEFAULTS[key])}` : '';
  return (
    <IconButton
      size="sm"
      label={`Back to default${usual}`}
      aria-description={CATALOGUE[key].label}
      data-reset
      icon={<RotateCcw />}
      pending={pending}
      // The field it stands beside is not left by this, or what is typed there would be saved first.
      onMouseDown={(event) => event.preventDefault()}
      onClick={(event) => {
        const row = event.currentTarget.closest('[data-place]');
        // The button goes: the focus stays in the row.
        void reset().then((done) => done && focusIn(row));
      }}
    />
  );
}

/** What it does, when it counts, what the default is. */
export function Words({ setting, hint }: { setting: Pick<Setting<SettingKey>, 'key' | 'source'>; hint?: string }) {
  const { key, source } = setting;
  const { hint: usual, when } = CATALOGUE[key];
  return (
    <>
      {hint ?? usual}
      <span className="mt-0.5 block text-xs">
        {source === 'setting' && <span className="font-medium text-accent">Changed. </span>}
        {tellSource(key, source)} {when ?? 'Counts at once.'}
      </span>
    </>
  );
}

/** The row of one setting. @param problem what is wrong with what is typed; stands over the agent's refusal. */
export function SettingRow({
  setting,
  problem,
  note,
  stacked = false,
  hint: said,
  children,
}: {
  setting: Pick<Setting<SettingKey>, 'key' | 'source' | 'pending' | 'reset' | 'refused'>;
  problem?: string | null | undefined;
  note?: ReactNode;
  /** Instead of what the catalogue says. */
  hint?: string;
  /** The control below the words, as wide as the page. */
  stacked?: boolean;
  children: ReactNode;
}) {
  const { key, refused } = setting;
  const { label } = CATALOGUE[key];
  const hint = (
    <>
      <Words setting={setting} {...(said !== undefined && { hint: said })} />
      {note}
    </>
  );
  const error = problem ?? (refused === null ? null : tellRefusal(refused));
  return (
    <Anchor id={key} className={rowClass}>
      {stacked ? (
        <Field label={label} hint={hint} error={error} className="py-1.5">
          <div className="flex items-start gap-1">
            <div className="min-w-0 flex-1">{children}</div>
            <BackToDefault setting={setting} />
          </div>
        </Field>
      ) : (
        <Field row label={label} hint={hint} error={error} className="!py-1.5">
          <BackToDefault setting={setting} />
          {children}
        </Field>
      )}
    </Anchor>
  );
}
