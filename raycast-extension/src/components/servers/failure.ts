/** Why a server failed, for the eye and for a report. */
import type { Server } from "@mlx-manager/shared";
import { codeBlock, plain } from "./look";

/** The failure as Markdown: what happened, what to do, the end of the log. */
export function failureMarkdown(server: Server): string {
  const { failure } = server;
  if (!failure) return `# ${plain(server.profileName)}\n\nIt did not say why it failed.`;
  const tail = failure.logTail.length > 0 ? `\n\n**End of the log**\n\n${codeBlock(failure.logTail.join("\n"))}` : "";
  return `# ${plain(server.profileName)} Failed\n\n${plain(failure.message)}\n\n${plain(failure.action)}${tail}`;
}

/**
 * What somebody needs who is to help: the failure with what was started.
 * @param agentVersion of MLX Manager; unknown where it no longer answers.
 */
export function failureReport(server: Server, agentVersion: string | undefined): string {
  const { failure } = server;
  const facts = [
    ["Profile", server.profileName],
    ["Model", server.modelPath],
    ["Engine", server.engine],
    ["MLX Manager", agentVersion ?? "unknown"],
    ["Kind", failure?.kind ?? "unknown"],
    ["Exit code", failure?.exitCode ?? "none"],
    ["Signal", failure?.signal ?? "none"],
    ["Restarts", server.restarts],
  ].map(([name, value]) => `- ${name}: ${value}`);
  const log = failure && failure.logTail.length > 0 ? `\n\n${codeBlock(failure.logTail.join("\n"))}` : "";
  return `## Server Failure\n\n${facts.join("\n")}\n\n${failure?.message ?? ""}\n${failure?.action ?? ""}${log}\n`;
}
