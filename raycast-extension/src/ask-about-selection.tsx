import type { LaunchProps } from "@raycast/api";
import { AskAboutSelection } from "./components/selection/ask-about-selection";

export default function Command(props: LaunchProps<{ arguments: { question?: string } }>) {
  return <AskAboutSelection question={props.arguments.question ?? ""} />;
}
