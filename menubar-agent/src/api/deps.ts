/** What the routes call. Each is a service of a room below; the routes only parse, call and answer. */
import type {
  AgentStatus,
  LaunchdStatus,
  ProfileCommand,
  ProfileDraft,
  SettingsUpdate,
  SystemInfo,
  SystemMemory,
} from '@mlx-manager/shared';
import type { AttachmentsService, ChatsService, PromptsService, RunsService } from '../chats/index.js';
import type { EventBus, Logger, SettingsService } from '../core/index.js';
import type { DownloadService } from '../downloads/index.js';
import type { EngineService } from '../engines/index.js';
import type { Metering, OllamaListener, Providers, Routing } from '../gateway/index.js';
import type { Access, ApiKeys, HttpServer } from '../http/index.js';
import type { Catalogue, LocalModels } from '../models/index.js';
import type { Pool, PoolGroups } from '../pool/index.js';
import type { ProfilesService } from '../profiles/index.js';
import type { AllLogs, ServersService } from '../servers/index.js';
import type { EventStream } from './event-stream.js';

export interface ApiDeps {
  readonly http: HttpServer;
  readonly access: Access;
  readonly apiKeys: ApiKeys;
  readonly bus: EventBus;
  readonly events: EventStream;
  readonly settings: SettingsService;
  readonly catalogue: Catalogue;
  readonly local: LocalModels;
  readonly downloads: DownloadService;
  readonly engines: EngineService;
  readonly profiles: ProfilesService;
  readonly servers: ServersService;
  readonly logs: AllLogs;
  /** Command lines of profiles, saved or being typed. */
  readonly commands: { ofProfile(id: number): Promise<ProfileCommand>; ofDraft(draft: ProfileDraft): Promise<ProfileCommand> };
  readonly pool: Pool;
  readonly poolGroups: PoolGroups;
  readonly metering: Metering;
  readonly providers: Providers;
  readonly routing: Routing;
  readonly chats: ChatsService;
  readonly attachments: AttachmentsService;
  readonly prompts: PromptsService;
  readonly runs: RunsService;
  readonly ollama: Pick<OllamaListener, 'status'>;
  readonly machine: { memory(): Promise<SystemMemory>; info(): Promise<SystemInfo> };
  readonly launchd: {
    install(profileId: number): Promise<{ plistPath: string; label: string }>;
    uninstall(profileId: number): Promise<void>;
    status(profileId: number): Promise<LaunchdStatus>;
    installAgent(): Promise<{ plistPath: string; label: string }>;
    uninstallAgent(): Promise<void>;
    agentStatus(): Promise<LaunchdStatus>;
  };
  readonly agent: {
    status(): Promise<AgentStatus>;
    baseUrl(): string;
    requestShutdown(keepServers: boolean | undefined): void;
  };
  /** Where the built page is; beside the bundle when left out. */
  readonly pageFolder?: string;
  readonly logger: Logger;
  /** Checks values that need more than their shape, such as a Python's fitness. */
  readonly checkSettings: (changes: SettingsUpdate) => Promise<void>;
  /** Resolved when the settings as they are now are in force. */
  readonly settingsInForce: () => Promise<void>;
}
