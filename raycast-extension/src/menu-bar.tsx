/** Menu Bar: what runs, for those without the agent's own icon there. */
import { getPreferenceValues } from "@raycast/api";
import { Menu } from "./components/menu/menu";

export default function Command() {
  const { showSpeed } = getPreferenceValues<{ showSpeed?: boolean }>();
  return <Menu showSpeed={showSpeed === true} />;
}
