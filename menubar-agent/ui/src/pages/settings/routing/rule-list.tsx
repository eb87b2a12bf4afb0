/** The rules in their order: dragged, or moved by keys. */
import { useCallback, useMemo, useRef, useState } from 'react';
import type { Profile, Provider, RoutingRule } from '@mlx-manager/shared';
import { HANDLE_HINT, RuleRow } from './rule-row.js';
import type { Names } from './sentence.js';
import { useOrder } from './use-order.js';
import { sendsTo, warningsOf } from './warnings.js';

const NONE: readonly string[] = [];

export interface RuleListProps {
  rules: readonly RoutingRule[];
  profiles: readonly Profile[];
  providers: readonly Provider[];
  names: Names;
  refetch: () => void;
  onEdit: (rule: RoutingRule) => void;
  onDuplicate: (rule: RoutingRule) => void;
  onDelete: (rule: RoutingRule) => void;
}

export function RuleList({ rules, profiles, providers, names, refetch, onEdit, onDuplicate, onDelete }: RuleListProps) {
  const order = useOrder(rules, refetch);
  const [movedId, setMoved] = useState<number | null>(null);
  const [said, say] = useState('');
  const dragged = useRef<number | null>(null);
  const [over, setOver] = useState<{ index: number; behind: boolean } | null>(null);
  const latest = useRef(order.rules);
  latest.current = order.rules;
  const told = useMemo(
    () =>
      new Map(rules.map((rule) => [rule.id, { warnings: warningsOf(rule, { profiles, providers }), outside: sendsTo(rule, providers) }])),
    [rules, profiles, providers],
  );
  const { move } = order;
  const onMove = useCallback(
    (id: number, to: number): void => {
      const list = latest.current;
      const place = Math.max(0, Math.min(list.length - 1, to));
      const name = list.find((one) => one.id === id)?.name ?? '';
      setMoved(id);
      say(`${name} is now ${place + 1} of ${list.length}.`);
      move(id, place);
    },
    [move],
  );
  const onDragRule = useCallback((id: number | null): void => {
    dragged.current = id;
    if (id === null) setOver(null);
  }, []);
  const onDragOverRule = useCallback((index: number, behind: boolean): void => {
    if (dragged.current === null) return;
    setOver((before) => (before?.index === index && before.behind === behind ? before : { index, behind }));
  }, []);
  const drop = (): void => {
    const id = dragged.current;
    if (id === null || over === null) return;
    const from = order.rules.findIndex((one) => one.id === id);
    const to = over.index + (over.behind ? 1 : 0);
    // What is behind it moves up by one when it is taken out.
    onMove(id, to > from ? to - 1 : to);
    onDragRule(null);
  };
  return (
    <>
      <p id={HANDLE_HINT} className="sr-only">
        Drag it, or press the up and down arrows, Home or End.
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
      <ol
        aria-label="Rules"
        className="flex flex-col gap-1.5"
        onDrop={(event) => {
          event.preventDefault();
          drop();
        }}
      >
        {order.rules.map((rule, index) => (
          <RuleRow
            key={rule.id}
            rule={rule}
            index={index}
            count={order.rules.length}
            names={names}
            warnings={told.get(rule.id)?.warnings ?? NONE}
            outside={told.get(rule.id)?.outside ?? NONE}
            moved={movedId === rule.id}
            drop={over?.index === index ? (over.behind ? 'behind' : 'before') : null}
            onMove={onMove}
            onEdit={onEdit}
            onDuplicate={onDuplicate}
            onDelete={onDelete}
            onDragRule={onDragRule}
            onDragOverRule={onDragOverRule}
          />
        ))}
      </ol>
    </>
  );
}
