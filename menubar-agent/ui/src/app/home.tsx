/** Where the window begins: the first run's path while there is no model or no engine, else what runs. */
import { Redirect } from 'wouter';
import { Await } from '../kit/index.js';
import { useEngines, useLocalModels } from '../lib/resources.js';

export function Home() {
  const models = useLocalModels();
  const engines = useEngines();
  return (
    <Await of={models}>
      {(list) => (
        <Await of={engines}>
          {(installable) => {
            const ready = list.length > 0 && installable.some(({ state }) => state === 'installed');
            return <Redirect to={ready ? '/servers' : '/welcome'} replace />;
          }}
        </Await>
      )}
    </Await>
  );
}
