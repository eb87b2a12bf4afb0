import { TemplateCommand } from "./components/selection/template-command";

export default function Command() {
  return <TemplateCommand builtin="fix" enter="paste" />;
}
