/** Profiles: named configurations. */
import { Await, Card, EmptyState, PageBody, PageHeader } from '../../kit/index.js';
import { useProfiles } from '../../lib/resources.js';

export default function Profiles() {
  const profiles = useProfiles();
  return (
    <>
      <PageHeader title="Profiles" count={profiles.data?.length} />
      <PageBody>
        <Await of={profiles}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState title="No profile yet" />
            ) : (
              <ul className="flex flex-col gap-2">
                {list.map((profile) => (
                  <li key={profile.id}>
                    <Card className="truncate">{profile.name}</Card>
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
