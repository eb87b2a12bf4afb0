/** Shows what would change in a client's configuration file, and writes it when that is wanted. */
import { Action, ActionPanel, Detail, Icon, Keyboard, open, showToast, Toast, useNavigation } from "@raycast/api";
import { useCallback, useEffect, useRef, useState } from "react";
import { connectGuides, type ConfigFile, type ConnectTarget } from "@mlx-manager/shared";
import { mergeConfig } from "@mlx-manager/shared/connect/files";
import { failed } from "../../lib/feedback";
import { problemOf } from "../../lib/problems";
import { codeBlock } from "../servers/look";
import { createApiKey, useApiKey } from "./api-key";
import { backupPath, findFile, writeConfig, type FoundFile } from "./config-file";
import { difference } from "./difference";

export interface WriteFileProps {
  guideId: string;
  /** Of the guide, as it was when this screen was opened. */
  file: ConfigFile;
  target: ConnectTarget;
  /** Of the client. */
  name: string;
}

/** What would be written. */
interface Plan {
  readonly found: FoundFile;
  readonly text: string;
  readonly changes: string;
}

export function WriteFile({ guideId, file: opened, target: before, name }: WriteFileProps) {
  const key = useApiKey(before.origin);
  const target = { ...before, ...(key !== undefined && { key }) };
  // A key that is made on this screen is written too.
  const file = connectGuides(target).find(({ id }) => id === guideId)?.file ?? opened;
  const { plan, error, isLoading, revalidate } = usePlan(JSON.stringify(file));
  const { pop } = useNavigation();
  const mayWrite = plan !== undefined && plan.changes !== "";
  const needsKey = target.keyRequired && target.key === undefined;
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={`Connect ${name}`}
      markdown={error ? refusal(file, error) : plan ? explain(file, plan, needsKey) : ""}
      actions={
        <ActionPanel>
          {mayWrite && (
            <Action title="Write File" icon={Icon.SaveDocument} onAction={() => write(file, plan, pop, revalidate)} />
          )}
          {target.keyRequired && (
            <Action title="Create API Key" icon={Icon.Key} onAction={() => createApiKey(target.origin, name)} />
          )}
          {plan && (
            <Action.CopyToClipboard
              title="Copy New Text"
              content={plan.text}
              shortcut={Keyboard.Shortcut.Common.Copy}
            />
          )}
          {plan?.found.text != null && (
            <Action.Open
              title="Open File"
              icon={Icon.Document}
              target={plan.found.path}
              shortcut={Keyboard.Shortcut.Common.Open}
            />
          )}
          <Action
            title="Look Again"
            icon={Icon.ArrowClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={() => revalidate()}
          />
        </ActionPanel>
      }
    />
  );
}

interface Planned {
  readonly plan?: Plan;
  readonly error?: Error;
}

/** @param description of the file, as JSON: what is the same is not read again at each drawing. */
function usePlan(description: string): Planned & { isLoading: boolean; revalidate: () => Promise<void> } {
  const [planned, setPlanned] = useState<Planned>();
  const newest = useRef(0);
  const revalidate = useCallback(async () => {
    const turn = ++newest.current;
    const next = await planOf(JSON.parse(description) as ConfigFile).then(
      (plan): Planned => ({ plan }),
      (error: unknown): Planned => ({ error: error instanceof Error ? error : new Error(String(error)) }),
    );
    if (turn === newest.current) setPlanned(next);
  }, [description]);
  useEffect(() => void revalidate(), [revalidate]);
  return { ...planned, isLoading: planned === undefined, revalidate };
}

async function planOf(file: ConfigFile): Promise<Plan> {
  const found = await findFile(file.path);
  const text = mergeConfig(file, found.text);
  return { found, text, changes: difference(found.text ?? "", text) };
}

function explain(file: ConfigFile, { found, changes }: Plan, needsKey: boolean): string {
  if (changes === "") return `# Nothing to Change\n\n\`${file.path}\` already says all of it.`;
  const link = found.path.endsWith(file.path.replace(/^~/, "")) ? "" : ` (really \`${found.path}\`)`;
  return [
    `# ${found.text === null ? "New File" : "Change"} ${file.path}`,
    file.purpose,
    `**Path:** \`${file.path}\`${link}`,
    found.text === null
      ? "There is no such file yet. Nobody else will be able to read it."
      : `**Backup:** what is there now goes to \`${backupPath(file.path).replace(/-\d{6}$/, "-…")}\` first.`,
    ...(needsKey
      ? ["**A key is needed:** a placeholder stands in its place. Make one with Create API Key first."]
      : []),
    codeBlock(changes, "diff"),
  ].join("\n\n");
}

const refusal = (file: ConfigFile, error: Error): string =>
  `# The File Is Left Alone\n\n\`${file.path}\` cannot be changed safely, so it is not touched.\n\n${problemOf(error).text}\n\nCopy the snippet and put it in by hand.`;

async function write(file: ConfigFile, plan: Plan, pop: () => void, again: () => unknown): Promise<void> {
  try {
    const backup = await writeConfig(plan.found, plan.text);
    await showToast({
      style: Toast.Style.Success,
      title: "File Written",
      message: backup === null ? file.path : `Backup: ${backup}`,
      primaryAction: { title: "Open File", onAction: () => open(plan.found.path) },
    });
    pop();
  } catch (error) {
    await failed(`Could Not Write ${file.path}`, error);
    await again();
  }
}
