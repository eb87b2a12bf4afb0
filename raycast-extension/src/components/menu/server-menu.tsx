/** A server as a submenu of the menu bar. */
import { Clipboard, Icon, MenuBarExtra, showHUD } from "@raycast/api";
import type { Server } from "@mlx-manager/shared";
import { bytes } from "../../lib/format";
import { withState, type Now, type ServerNow } from "../../lib/house-now";
import { chats } from "../../lib/models";
import { readyWords, runProfile, stopProfile } from "../../lib/run-profile";
import { untilHealthy } from "../../lib/bring-up";
import { baseUrlOf } from "../profiles/address";
import { lookOf } from "../servers/look";
import { opener } from "./open";
import type { Act } from "./use-now";

interface ServerMenuProps {
  server: ServerNow;
  now: Now;
  act: Act;
}

/** Its state and memory, and what can be done with it. */
export function ServerMenu({ server, now, act }: ServerMenuProps) {
  const { profileId, profileName: name, state, failure, memoryBytes } = server;
  const subject = { id: profileId, name };
  const look = lookOf(state);
  const type = now.profiles.find(({ id }) => id === profileId)?.modelType;
  const talks = type === undefined || chats({ modelType: type });
  const context = { profileId };
  const url = baseUrlOf(now.address);
  const become = (next: Server["state"] | null) => (data: Now) => withState(data, subject, next);
  const words = [look.title, ...(memoryBytes === null || state === "failed" ? [] : [bytes(memoryBytes)])];
  return (
    <MenuBarExtra.Submenu title={name} icon={look.icon}>
      <MenuBarExtra.Item title={words.join(" · ")} {...(failure && { tooltip: failure.action })} />
      {failure && <MenuBarExtra.Item title={failure.message} {...(failure && { tooltip: failure.action })} />}
      {state === "failed" ? (
        <MenuBarExtra.Item title="Start Again" icon={Icon.Play} onAction={() => startFromMenu(act, subject)} />
      ) : (
        <>
          {talks && (
            <MenuBarExtra.Item title="Chat" icon={Icon.SpeechBubble} onAction={opener("quick-chat", context)} />
          )}
          <MenuBarExtra.Item
            title="Stop"
            icon={Icon.Stop}
            onAction={() =>
              act(
                `Could Not Stop ${name}`,
                async (client) => {
                  const { freed } = await stopProfile(client, subject);
                  return `${name} stopped${freed === null ? "" : ` · ${bytes(freed)} free again`}`;
                },
                become(null),
              )
            }
          />
          <MenuBarExtra.Item
            title="Restart"
            icon={Icon.RotateClockwise}
            onAction={() =>
              act(
                `Could Not Restart ${name}`,
                async (client) => {
                  await client.restartServer({ params: { profileId } });
                  await untilHealthy(client, subject, new AbortController().signal);
                  return `${name} is ready`;
                },
                become("starting"),
              )
            }
          />
          <MenuBarExtra.Item
            title="Copy Base URL"
            subtitle={url}
            icon={Icon.Link}
            onAction={async () => {
              await Clipboard.copy(url);
              await showHUD("Base URL copied");
            }}
          />
        </>
      )}
      <MenuBarExtra.Item title="Show Logs" icon={Icon.Document} onAction={opener("show-servers", context)} />
    </MenuBarExtra.Submenu>
  );
}

/** Starts a profile and waits until it answers, however long that takes. */
export const startFromMenu = (act: Act, subject: { id: number; name: string }): Promise<void> =>
  act(
    `Could Not Start ${subject.name}`,
    async (client) => {
      const onAccepted = (): Promise<void> => showHUD(`Starting ${subject.name}…`);
      return readyWords(subject, await runProfile(client, subject, { onAccepted }));
    },
    (now) => withState(now, subject, "starting"),
  );
