import { getPreferenceValues, type LaunchProps } from "@raycast/api";
import { TemplateCommand } from "./components/selection/template-command";

export default function Command(props: LaunchProps<{ arguments: { language?: string } }>) {
  const { language } = getPreferenceValues<{ language?: string }>();
  return (
    <TemplateCommand builtin="translate" enter="paste" variables={{ language: props.arguments.language || language }} />
  );
}
