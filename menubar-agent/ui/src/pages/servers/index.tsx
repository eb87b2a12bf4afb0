/** Servers: what runs. */
import { Await, Card, EmptyState, PageBody, PageHeader, StateDot } from '../../kit/index.js';
import { useServers } from '../../lib/resources.js';

export default function Servers() {
  const servers = useServers();
  return (
    <>
      <PageHeader title="Servers" count={servers.data?.length} />
      <PageBody>
        <Await of={servers}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState title="Nothing runs">Start a profile to load its model.</EmptyState>
            ) : (
              <ul className="flex flex-col gap-2">
                {list.map((server) => (
                  <li key={server.profileId}>
                    <Card className="flex justify-between gap-3">
                      <span className="truncate">{server.profileName}</span>
                      <StateDot tone={server.state === 'healthy' ? 'good' : 'plain'} label={server.state} />
                    </Card>
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
