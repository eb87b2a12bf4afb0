/** How programs reach a profile. */
import type { Profile, Server } from "@mlx-manager/shared";

/** For OpenAI's clients. @param address of the agent. */
export const baseUrlOf = (address: string): string => `${address}/v1`;

/** The name for a client's settings: the profile's own, or an alias where that has spaces, which some clients cannot bear. */
export const modelNameOf = ({ name, aliases }: Pick<Profile, "name" | "aliases">): string =>
  /\s/.test(name) ? (aliases[0] ?? name) : name;

/** Where the engine itself answers, past the gateway: only a profile that exposes its port, while it runs. */
export function ownAddressOf(
  { exposePort, host, port }: Pick<Profile, "exposePort" | "host" | "port">,
  server: Pick<Server, "state" | "port"> | null,
): string | null {
  if (!exposePort || server?.port !== port || server.state === "failed") return null;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
