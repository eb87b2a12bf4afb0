/** The order of the rules, changed here before the agent says so. Quick moves behind each other end where the last one led, without flicker. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RoutingRule } from '@mlx-manager/shared';
import { useAction } from '../../../lib/query.js';

export interface Order {
  /** The rules as they are to be shown. */
  readonly rules: readonly RoutingRule[];
  /** Puts a rule at a place; 0 is first. */
  move: (id: number, to: number) => void;
}

/** @param refetch brings back the agent's own order, when it refused. */
export function useOrder(rules: readonly RoutingRule[], refetch: () => void): Order {
  /** While the agent does not know it yet. */
  const [wanted, setWanted] = useState<readonly number[] | null>(null);
  const latest = useRef<readonly number[] | null>(null);
  const sending = useRef(false);
  const save = useAction((client, ids: readonly number[]) => client.orderRules({ body: { ids: [...ids] } }));
  const shown = wanted === null ? rules : inOrder(rules, wanted);
  const shownIds = useRef<readonly number[]>([]);
  useEffect(() => {
    shownIds.current = shown.map(({ id }) => id);
  });
  const { run } = save;
  const send = useCallback(async (): Promise<void> => {
    if (sending.current) return;
    sending.current = true;
    for (let sent: readonly number[] | null = null; sent !== latest.current;) {
      sent = latest.current;
      if (sent === null || (await run(sent)) !== undefined) continue;
      latest.current = null;
      refetch();
      break;
    }
    sending.current = false;
    latest.current = null;
    setWanted(null);
  }, [run, refetch]);
  const move = useCallback(
    (id: number, to: number): void => {
      const next = moved(latest.current ?? shownIds.current, id, to);
      if (next === null) return;
      latest.current = next;
      setWanted(next);
      void send();
    },
    [send],
  );
  return { rules: shown, move };
}

/** With an id at another place; null where that changes nothing. */
export function moved(ids: readonly number[], id: number, to: number): number[] | null {
  const from = ids.indexOf(id);
  const place = Math.max(0, Math.min(ids.length - 1, to));
  if (from === -1 || from === place) return null;
  const rest = ids.filter((one) => one !== id);
  rest.splice(place, 0, id);
  return rest;
}

/** Rules in an order of ids; those it does not name stay at the end. */
export function inOrder(rules: readonly RoutingRule[], ids: readonly number[]): RoutingRule[] {
  const place = new Map(ids.map((id, i) => [id, i]));
  return [...rules].sort((a, b) => (place.get(a.id) ?? ids.length) - (place.get(b.id) ?? ids.length));
}
