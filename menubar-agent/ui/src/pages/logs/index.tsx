/** Logs of the servers. */
import { Await, EmptyState, PageBody, PageHeader } from '../../kit/index.js';
import { useServers } from '../../lib/resources.js';

export default function Logs() {
  const servers = useServers();
  return (
    <>
      <PageHeader title="Logs" />
      <PageBody>
        <Await of={servers}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState title="No server, no log" />
            ) : (
              <ul>
                {list.map((server) => (
                  <li key={server.profileId}>{server.profileName}</li>
                ))}
              </ul>
            )
          }
        </Await>
      </PageBody>
    </>
  );
}
