/** Connect a Client: ready settings for programs, to copy, to write, to try. */
import { Action, ActionPanel, Icon, Keyboard, List, showToast, Toast } from "@raycast/api";
import { existsSync } from "node:fs";
import { useReducer, useState } from "react";
import {
  connectGuides,
  type Client,
  type ConnectTarget,
  type Guide,
  type Profile,
  type Settings,
} from "@mlx-manager/shared";
import { useAgent } from "../../hooks/use-agent";
import { isRemote } from "../../lib/agent";
import { duration } from "../../lib/format";
import { AgentList } from "../agent-list";
import { SearchModelsAction } from "../problem";
import { modelNameOf } from "../profiles/address";
import { codeBlock } from "../servers/look";
import { createApiKey, useApiKey } from "./api-key";
import { expandHome } from "./config-file";
import { DOCKER_HOST, letContainersIn, turnOnOllama } from "./let-in";
import { testConnection, type Protocol } from "./test-connection";
import { WriteFile } from "./write-file";

/** @param profileId of the profile to connect to; else the default one, else the first. */
export function Connect({ profileId }: { profileId?: number }) {
  const [chosen, choose] = useState<string>();
  // Which files there are is seen when it is drawn.
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const { data, isLoading, error, revalidate } = useAgent("connect", load, {
    topics: ["settings", "profile", "model"],
  });
  const profiles = data?.profiles ?? [];
  const wanted = chosen === undefined ? (profileId ?? data?.settings.defaultProfileId) : Number(chosen);
  const profile = profiles.find(({ id }) => id === wanted) ?? profiles[0];
  const key = useApiKey(data?.address ?? "");
  const target = data && profile && targetOf(profile, data, key);
  const guides = target ? connectGuides(target) : [];
  return (
    <AgentList
      isLoading={isLoading}
      isShowingDetail={guides.length > 0}
      searchBarPlaceholder="Search clients"
      error={error}
      data={data}
      retry={revalidate}
      {...(profile && {
        searchBarAccessory: (
          <List.Dropdown tooltip="Profile" value={String(profile.id)} onChange={choose}>
            {profiles.map(({ id, name }) => (
              <List.Dropdown.Item key={id} value={String(id)} title={name} />
            ))}
          </List.Dropdown>
        ),
      })}
    >
      {data && <NoGuides profile={profile} />}
      {target &&
        profile &&
        guides.map((guide) => (
          <List.Item
            key={guide.id}
            id={guide.id}
            icon={guide.file ? Icon.NewDocument : Icon.Plug}
            title={guide.name}
            keywords={[guide.id, guide.file?.path ?? ""]}
            accessories={
              guide.file && existsSync(expandHome(guide.file.path))
                ? [{ icon: Icon.Document, tooltip: `${guide.file.path} is there` }]
                : []
            }
            detail={<List.Item.Detail markdown={markdownOf(guide, target)} />}
            actions={
              <ConnectActions
                guide={guide}
                target={target}
                profile={profile}
                settings={data.settings}
                redraw={redraw}
              />
            }
          />
        ))}
    </AgentList>
  );
}

interface Known {
  readonly settings: Settings;
  readonly profiles: readonly Profile[];
  /** Tokens of each profile's context, where the profile or its model says. */
  readonly contexts: Readonly<Record<number, number | null>>;
  readonly address: string;
}

async function load(client: Client, signal: AbortSignal): Promise<Known> {
  const [settings, profiles, models] = await Promise.all([
    client.getSettings({ signal }),
    client.listProfiles({ signal }),
    client.listLocalModels({ signal }),
  ]);
  const windows = new Map(models.map((model) => [model.modelId, model.characteristics.contextWindow]));
  const contexts = Object.fromEntries(
    profiles.map(({ id, contextLength, modelPath }) => [id, contextLength ?? windows.get(modelPath) ?? null]),
  );
  return { settings, profiles, contexts, address: client.baseUrl };
}

function NoGuides({ profile }: { profile: Profile | undefined }) {
  return profile ? (
    <List.EmptyView
      icon={Icon.Plug}
      title="No Client Uses Such Models"
      description={`${profile.name} serves models of the kind ${profile.modelType}. Choose another profile above.`}
    />
  ) : (
    <List.EmptyView
      icon={Icon.List}
      title="No Profiles Yet"
      description="A client is connected to a profile: a model with its settings."
      actions={
        <ActionPanel>
          <SearchModelsAction />
        </ActionPanel>
      }
    />
  );
}

function targetOf(
  profile: Profile,
  { settings, profiles, contexts, address }: Known,
  key: string | undefined,
): ConnectTarget {
  return {
    origin: address,
    // From another machine a key is always asked for.
    keyRequired: settings.requireApiKey || isRemote(),
    ...(key !== undefined && { key }),
    model: modelNameOf(profile),
    models: profiles.map(modelNameOf),
    contextLength: contexts[profile.id] ?? null,
    ollama: { enabled: settings.ollamaEnabled, port: settings.ollamaPort },
    letsContainersIn: settings.allowedHosts.includes(DOCKER_HOST),
    kind: profile.modelType,
  };
}

function markdownOf(guide: Guide, target: ConnectTarget): string {
  const steps = guide.steps.map(({ title, text, code, language, opens }, index) =>
    [
      guide.steps.length > 1 ? `## ${index + 1}. ${title}` : `## ${title}`,
      ...(opens
        ? [`Choose the action **${OPENERS[opens]}**: it asks before it changes anything.`]
        : [
            // A path reads as one.
            guide.file ? text?.replaceAll(guide.file.path, `\`${guide.file.path}\``) : text,
            code !== undefined && codeBlock(code.trimEnd(), language),
          ]),
    ]
      .filter(Boolean)
      .join("\n\n"),
  );
  const key =
    target.keyRequired && target.key === undefined
      ? ["**A key is needed.** Make one with Create API Key: it is put in place of the placeholder."]
      : [];
  return [`# ${guide.name}`, guide.summary, ...key, ...steps].join("\n\n");
}

/** Actions in place of steps that change MLX Manager's settings. */
const OPENERS = { ollama: "Turn On Ollama Listener", containers: "Let Containers In" } as const;

interface ConnectActionsProps {
  guide: Guide;
  target: ConnectTarget;
  profile: Profile;
  settings: Settings;
  redraw: () => void;
}

function ConnectActions({ guide, target, profile, settings, redraw }: ConnectActionsProps) {
  // What an action does nobody has to paste into a terminal.
  const snippets = guide.steps.filter(({ code, opens }) => code !== undefined && opens === undefined);
  const opening = guide.steps.find(({ opens }) => opens !== undefined)?.opens;
  const { file } = guide;
  return (
    <ActionPanel>
      {opening === "ollama" && (
        <Action title={OPENERS.ollama} icon={Icon.Power} onAction={() => turnOnOllama(settings.ollamaPort)} />
      )}
      {opening === "containers" && (
        <Action title={OPENERS.containers} icon={Icon.LockUnlocked} onAction={() => letContainersIn()} />
      )}
      {file && (
        <Action.Push
          title="Write File…"
          icon={Icon.NewDocument}
          target={<WriteFile guideId={guide.id} file={file} target={target} name={guide.name} />}
          onPop={redraw}
        />
      )}
      {snippets.map(({ title, code }, index) => (
        <Action.CopyToClipboard
          key={index}
          title={snippets.length > 1 ? `Copy Snippet: ${title}` : "Copy Snippet"}
          content={code ?? ""}
          {...(index === 0 && { shortcut: Keyboard.Shortcut.Common.Copy })}
        />
      ))}
      <Action
        title="Test Connection"
        icon={Icon.Heartbeat}
        shortcut={{ modifiers: ["cmd"], key: "t" }}
        onAction={() => test(guide, target, profile)}
      />
      {target.keyRequired && (
        <Action
          title="Create API Key"
          icon={Icon.Key}
          shortcut={{ modifiers: ["cmd", "shift"], key: "k" }}
          onAction={() => createApiKey(target.origin, guide.name)}
        />
      )}
      {file && existsSync(expandHome(file.path)) && (
        <Action.Open
          title="Open File"
          icon={Icon.Document}
          target={expandHome(file.path)}
          shortcut={Keyboard.Shortcut.Common.Open}
        />
      )}
      <Action.OpenInBrowser
        title="Open Documentation"
        icon={Icon.Book}
        url={guide.url}
        shortcut={{ modifiers: ["cmd", "shift"], key: "d" }}
      />
    </ActionPanel>
  );
}

/** Guides whose clients do not speak OpenAI's chat. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "claude-code": "anthropic",
  "anthropic-python": "anthropic",
  "anthropic-javascript": "anthropic",
  codex: "responses",
  "raycast-ai": "ollama",
};

/** Asks for one token as the client would, and says what came. */
async function test(guide: Guide, target: ConnectTarget, profile: Profile): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: `Asking ${profile.name}…` });
  const protocol = PROTOCOLS[guide.id] ?? "openai";
  const port = target.ollama?.port;
  try {
    if (protocol === "ollama" && !target.ollama?.enabled)
      throw new Error("The listener for Ollama's clients is off. Turn it on with the action Turn On Ollama Listener.");
    const origin = protocol === "ollama" ? `http://${new URL(target.origin).hostname}:${port}` : target.origin;
    const { said, ms } = await testConnection(protocol, {
      origin,
      key: target.key,
      model: target.model,
      kind: profile.modelType,
    });
    toast.style = Toast.Style.Success;
    toast.title = `${profile.name} Answers`;
    toast.message = `${said === "" ? "" : `“${said}” `}after ${duration(ms / 1000)}`;
  } catch (error) {
    toast.style = Toast.Style.Failure;
    toast.title = `${profile.name} Does Not Answer`;
    toast.message = error instanceof Error ? error.message : String(error);
  }
}
