/** One rule in the list: its place, its sentence, and what can be done with it. */
import { memo, useEffect, useRef, type DragEvent, type KeyboardEvent, type ReactNode } from 'react';
import Cloud from 'lucide-react/icons/cloud';
import Ellipsis from 'lucide-react/icons/ellipsis';
import GripVertical from 'lucide-react/icons/grip-vertical';
import Pencil from 'lucide-react/icons/pencil';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { RoutingRule } from '@mlx-manager/shared';
import { Badge, Button, cn, Menu, Switch, type MenuEntry } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { ruleWords, type Names } from './sentence.js';

export interface RuleRowProps {
  rule: RoutingRule;
  /** Place from 0 on. */
  index: number;
  count: number;
  names: Names;
  warnings: readonly string[];
  /** Providers beyond this machine that it may send requests to. */
  outside: readonly string[];
  /** The rule was just moved by its handle: the focus stays on that. */
  moved: boolean;
  /** Where a rule that is dragged would come: before or behind this one. */
  drop: 'before' | 'behind' | null;
  onMove: (id: number, to: number) => void;
  onEdit: (rule: RoutingRule) => void;
  onDuplicate: (rule: RoutingRule) => void;
  onDelete: (rule: RoutingRule) => void;
  onDragRule: (id: number | null) => void;
  onDragOverRule: (index: number, behind: boolean) => void;
}

/** Described once for all handles, by the list. */
export const HANDLE_HINT = 'rule-handle-hint';

export const RuleRow = memo(function RuleRow(props: RuleRowProps) {
  const { rule, index, count, names, warnings, outside, moved, drop, onMove, onEdit, onDuplicate, onDelete, onDragRule, onDragOverRule } =
    props;
  const { id, name, enabled, problem } = rule;
  const row = useRef<HTMLLIElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  const { when, then } = ruleWords(rule, names);
  const toggle = useAction((client, on: boolean) => client.updateRule({ params: { id }, body: { enabled: on } }));
  // The browser takes the focus from what is put elsewhere.
  useEffect(() => {
    if (moved) handle.current?.focus();
  }, [moved, index]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: count - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onMove(id, to);
  };
  const entries: MenuEntry[] = [
    { label: 'Move to Top', run: () => onMove(id, 0), disabled: index === 0 },
    { label: 'Move Up', run: () => onMove(id, index - 1), disabled: index === 0 },
    { label: 'Move Down', run: () => onMove(id, index + 1), disabled: index === count - 1 },
    { label: 'Move to Bottom', run: () => onMove(id, count - 1), disabled: index === count - 1 },
    'separator',
    { label: 'Duplicate…', run: () => onDuplicate(rule) },
    { label: 'Delete…', run: () => onDelete(rule), danger: true },
  ];
  return (
    <li
      ref={row}
      aria-label={name}
      className={cn(
        'relative flex items-start gap-2 rounded-lg border border-line bg-surface py-2 pr-3 pl-1 [contain-intrinsic-height:64px] [content-visibility:auto]',
        problem !== null && 'border-bad',
      )}
      onDragOver={(event: DragEvent<HTMLLIElement>) => {
        event.preventDefault();
        const box = event.currentTarget.getBoundingClientRect();
        onDragOverRule(index, event.clientY > box.top + box.height / 2);
      }}
    >
      {drop !== null && (
        <span aria-hidden className={cn('absolute inset-x-0 z-10 h-0.5 rounded bg-accent', drop === 'before' ? 'top-0' : 'bottom-0')} />
      )}
      <span
        ref={handle}
        role="button"
        tabIndex={0}
        draggable
        aria-label={`Move ${name}, ${index + 1} of ${count}`}
        aria-describedby={HANDLE_HINT}
        className="flex h-7 w-6 shrink-0 cursor-grab items-center justify-center rounded-md text-muted hover:bg-hover"
        onKeyDown={onKeyDown}
        onDragStart={(event) => {
          event.dataTransfer.effectAllowed = 'move';
          event.dataTransfer.setData('text/plain', name);
          if (row.current) event.dataTransfer.setDragImage(row.current, 12, 20);
          onDragRule(id);
        }}
        onDragEnd={() => onDragRule(null)}
      >
        <GripVertical aria-hidden className="size-4" />
      </span>
      <span className="min-w-4 shrink-0 pt-1 text-right text-muted">{index + 1}</span>
      <div className={cn('min-w-0 flex-1 pt-0.5', !enabled && 'text-muted')}>
        <p className="flex min-w-0 items-center gap-2">
          <span className="truncate font-semibold" title={name}>
            {name}
          </span>
          {!enabled && <Badge className="shrink-0">off</Badge>}
          {problem !== null && (
            <Badge tone="bad" className="shrink-0">
              cannot work
            </Badge>
          )}
          {outside.length > 0 && (
            <Badge tone="warn" className="shrink-0" icon={<Cloud aria-hidden />} title={`What it sends goes to ${outside.join(', ')}`}>
              leaves this Mac
            </Badge>
          )}
        </p>
        <p className="mt-0.5 line-clamp-4 text-sm wrap-anywhere select-text" title={`${when} → ${then}`}>
          {when} <span className="text-muted">→</span> <span className="font-medium">{then}</span>
        </p>
        {problem !== null && <Told tone="bad">{problem} Until then it is passed over.</Told>}
        {warnings.map((warning) => (
          <Told key={warning} tone="warn">
            {warning}
          </Told>
        ))}
      </div>
      <div className="flex shrink-0 items-center gap-1.5 pt-0.5">
        <Switch label={`Use ${name}`} checked={enabled} disabled={toggle.pending} onCheckedChange={(on) => void toggle.run(on)} />
        <Button size="sm" icon={<Pencil aria-hidden />} aria-label={`Edit ${name}`} onClick={() => onEdit(rule)}>
          Edit
        </Button>
        <Menu
          trigger={
            <Button size="sm" variant="ghost" className="w-6 !px-0" aria-label={`More for ${name}`} icon={<Ellipsis aria-hidden />} />
          }
          entries={entries}
        />
      </div>
    </li>
  );
});

function Told({ tone, children }: { tone: 'warn' | 'bad'; children: ReactNode }) {
  return (
    <p className={cn('mt-1 flex gap-1.5 text-sm', tone === 'bad' ? 'text-bad' : 'text-warn')}>
      <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </p>
  );
}
