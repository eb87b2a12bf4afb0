import type { LaunchProps } from "@raycast/api";
import { TemplateCommand } from "./components/selection/template-command";

export default function Command(props: LaunchProps<{ arguments: { tone?: string } }>) {
  return <TemplateCommand builtin="rewrite" enter="paste" variables={{ tone: props.arguments.tone }} />;
}
