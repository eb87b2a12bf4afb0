/** Engines: what there is, what it is able to, installing and removing. */
import { Await, Skeleton } from '../../../kit/index.js';
import { useEngines } from '../../../lib/resources.js';
import { Settings } from '../groups.js';
import { Anchor } from '../row.js';
import { EngineCard } from './engine-card.js';

export default function Engines() {
  const engines = useEngines();
  return (
    <>
      <Anchor id="engines" className="mb-7">
        <Await of={engines} skeleton={<Skeleton rows={3} height={110} />}>
          {(list) => (
            <ul aria-label="Engines" className="flex flex-col gap-3">
              {list.map((engine) => (
                <li key={engine.id}>
                  <EngineCard engine={engine} />
                </li>
              ))}
            </ul>
          )}
        </Await>
      </Anchor>
      <Settings group="python" />
    </>
  );
}
