import { TemplateCommand } from "./components/selection/template-command";

export default function Command() {
  return <TemplateCommand builtin="summarize" enter="copy" />;
}
