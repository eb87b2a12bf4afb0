/** The house for a screen, painted at most twenty times a second however many events come. */
import { useEffect, useMemo, useRef } from "react";
import type { AgentEvent, Client, EventTopic } from "@mlx-manager/shared";
import { useAgent, type UseAgent } from "../../hooks/use-agent";
import { pace } from "../../lib/pace";
import { applyEvent, ENGINES_TOPICS, HOUSE_TOPICS, loadEngines, loadHouse, type Engines, type House } from "./house";

/** Between two paintings, ms. */
const PAINT_MS = 50;

/** Profiles, servers and their totals. */
export const useHouse = (): UseAgent<House> => usePaced("house", loadHouse, HOUSE_TOPICS);

/** The same with the pool and the GPU. */
export const useEngines = (): UseAgent<Engines> => usePaced("engines", loadEngines, ENGINES_TOPICS);

type Mutate<H> = (update: (house: H) => H) => void;

function usePaced<H extends House>(
  key: string,
  load: (client: Client, signal: AbortSignal) => Promise<H>,
  topics: EventTopic[],
): UseAgent<H> {
  const waiting = useRef<AgentEvent[]>([]);
  const paint = useMemo(
    () =>
      pace<Mutate<H>>(PAINT_MS, (mutate) => {
        const events = waiting.current.splice(0);
        mutate((house) => events.reduce(applyEvent, house));
      }),
    [],
  );
  useEffect(() => paint.cancel, [paint]);
  return useAgent(key, load, {
    topics,
    on: (event, mutate) => {
      waiting.current.push(event);
      paint(mutate);
      return true;
    },
  });
}
