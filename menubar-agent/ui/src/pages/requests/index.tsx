/** Requests: what was asked of the models lately. */
import { Await, EmptyState, PageBody, PageHeader } from '../../kit/index.js';
import { clock } from '../../lib/format.js';
import { useApi } from '../../lib/query.js';

export default function Requests() {
  const requests = useApi(['requests'], (client, signal) => client.requestsPage({ signal }), { topics: ['usage'] });
  return (
    <>
      <PageHeader title="Requests" />
      <PageBody>
        <Await of={requests}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title="No request yet" />
            ) : (
              <ul>
                {items.map((one) => (
                  <li key={one.id}>
                    {clock(one.startedAt)} {one.model} {one.status}
                  </li>
                ))}
              </ul>
            )
          }
        </Await>
      </PageBody>
    </>
  );
}
