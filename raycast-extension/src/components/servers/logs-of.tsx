/** The logs of a profile that is known by its number alone. */
import { useAgent } from "../../hooks/use-agent";
import { AgentList } from "../agent-list";
import { Logs } from "./logs";

export function LogsOf({ profileId }: { profileId: number }) {
  const { data, isLoading, error, revalidate } = useAgent(`profile-${profileId}`, (client, signal) =>
    client.getProfile({ params: { id: profileId }, signal }),
  );
  if (data && !error) return <Logs profileId={profileId} name={data.name} />;
  return <AgentList isLoading={isLoading} error={error} data={undefined} retry={revalidate} />;
}
