/** The first run: from nothing to an answer. */
import { Await, PageBody, PageHeader } from '../../kit/index.js';
import { useEngines } from '../../lib/resources.js';

export default function Welcome() {
  const engines = useEngines();
  return (
    <>
      <PageHeader title="Welcome" />
      <PageBody>
        <Await of={engines}>
          {(list) => (
            <ul>
              {list.map((engine) => (
                <li key={engine.id}>
                  {engine.name}: {engine.state}
                </li>
              ))}
            </ul>
          )}
        </Await>
      </PageBody>
    </>
  );
}
