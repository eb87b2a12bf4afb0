/** The dropdown: the daily gestures. */
import { Await, EmptyState } from '../../kit/states.js';
import { StateDot } from '../../kit/badge.js';
import { useServers } from '../../lib/resources.js';

export default function Dropdown() {
  const servers = useServers();
  return (
    <main className="flex h-full flex-col overflow-y-auto p-3">
      <h1 className="sr-only">MLX Manager</h1>
      <Await of={servers}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title="Nothing runs" />
          ) : (
            <ul>
              {list.map((server) => (
                <li key={server.profileId} className="flex justify-between">
                  {server.profileName}
                  <StateDot tone={server.state === 'healthy' ? 'good' : 'plain'} label={server.state} />
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </main>
  );
}
