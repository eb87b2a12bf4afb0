/** How the agent is installed: steps, and commands to copy. */
import { Action, ActionPanel, Detail, Icon, Keyboard } from "@raycast/api";
import { INSTALL_COMMAND, REPOSITORY_URL, REQUIREMENTS_COMMAND } from "../lib/problems";

const CLONE_STEP =
  REPOSITORY_URL === null
    ? "In a terminal, go into the folder of its repository: the one whose folder `raycast-extension` this extension comes from."
    : `In a terminal, clone its repository and go into that folder:\n\n\`\`\`sh\ngit clone ${REPOSITORY_URL} mlx-manager && cd mlx-manager\n\`\`\``;

const MARKDOWN = `# Install MLX Manager

This extension is the keyboard of MLX Manager, a program of its own that runs the models. It is installed once, on a Mac with Apple silicon.

## 1. What It Needs

Node 20 or newer and Python 3.10 or newer. With Homebrew:

\`\`\`sh
${REQUIREMENTS_COMMAND}
\`\`\`

## 2. Get MLX Manager

${CLONE_STEP}

## 3. Install and Start It

\`\`\`sh
${INSTALL_COMMAND}
\`\`\`

The first start installs everything, and brings the engine and a small starter model. From then on this extension finds it by itself, and starts it when it is not running.

Is it installed already, with a state folder of its own? Then enter that as State Folder in the extension's preferences.`;

/** The guide as a screen. */
export function InstallGuide() {
  return (
    <Detail
      markdown={MARKDOWN}
      actions={
        <ActionPanel>
          <Action.CopyToClipboard
            title="Copy Command"
            content={INSTALL_COMMAND}
            shortcut={Keyboard.Shortcut.Common.Copy}
          />
          <Action.CopyToClipboard title="Copy Homebrew Command" icon={Icon.Terminal} content={REQUIREMENTS_COMMAND} />
          {REPOSITORY_URL !== null && <Action.OpenInBrowser title="Open Repository" url={REPOSITORY_URL} />}
        </ActionPanel>
      }
    />
  );
}
