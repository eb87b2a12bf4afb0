/** A List that shows the problem's screen when there is one. */
import { List } from "@raycast/api";
import { useEffect } from "react";
import { failed } from "../lib/feedback";
import { isAway } from "../lib/problems";
import { Problem } from "./problem";

export interface AgentListProps extends List.Props {
  /** Of `useAgent`. */
  error: Error | undefined;
  data: unknown;
  retry?: () => unknown;
}

/**
 * Shows its children while there is data and the agent is there. An error with rows still good (a refresh that failed) is told by a toast, one
 * without rows, or an agent that went away, by a screen.
 */
export function AgentList({ error, data, retry, children, ...list }: AgentListProps) {
  const blocked = error !== undefined && (data === undefined || isAway(error));
  useEffect(() => {
    if (error && !blocked) void failed("Could Not Refresh", error);
  }, [error, blocked]);
  if (blocked)
    return (
      <List {...list} isShowingDetail={false}>
        <Problem error={error} {...(retry && { retry })} />
      </List>
    );
  return <List {...list}>{children}</List>;
}
