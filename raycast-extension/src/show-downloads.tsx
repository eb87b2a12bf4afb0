import { List } from "@raycast/api";
import { useCachedPromise } from "@raycast/utils";
import { createClient } from "@mlx-manager/shared";
export default function Command() {
  const { data } = useCachedPromise(async () => createClient({ fetch, baseUrl: "http://127.0.0.1:1" }).listDownloads());
  return <List>{data?.map((d) => <List.Item key={d.taskId} title={d.modelId} />)}</List>;
}
