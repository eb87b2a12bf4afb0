/** Run Template. A launch context `{ templateId }` or `{ template: NAME }` runs that one at once. */
import type { LaunchProps } from "@raycast/api";
import { readTemplateContext, RunTemplate } from "./components/templates/run-template";

export default function Command({ launchContext }: LaunchProps) {
  return <RunTemplate {...readTemplateContext(launchContext)} />;
}
