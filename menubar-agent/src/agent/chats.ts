/** Chats, wired: what is kept, the runs that write into it, prompts and personas. */
import { AttachmentsService, ChatsService, PromptsService, type RunsService } from '../chats/index.js';
import { AttachmentsRepository, ChatsRepository, MessagesRepository, PromptsRepository, RunsRepository } from '../store/index.js';
import type { Foundation } from './foundation.js';
import type { GatewayParts } from './gateway.js';
import { createRuns } from './runs.js';
import type { Services } from './services.js';

export interface ChatParts {
  readonly chats: ChatsService;
  readonly attachments: AttachmentsService;
  readonly prompts: PromptsService;
  readonly runs: RunsService;
}

export function createChats(base: Foundation, services: Services, gatewayParts: GatewayParts): ChatParts {
  const { paths, clock, logger, bus, db } = base;
  const repositories = { chats: new ChatsRepository(db), messages: new MessagesRepository(db) };
  const attachments = new AttachmentsService({ repository: new AttachmentsRepository(db), folder: paths.attachments, clock, logger });
  const prompts = new PromptsService({
    bus,
    clock,
    personas: new PromptsRepository(db, 'personas'),
    templates: new PromptsRepository(db, 'templates'),
    keepInChats: (persona) => chats.releasePersona(persona),
  });
  const chats: ChatsService = new ChatsService({
    ...repositories,
    attachments,
    bus,
    clock,
    checkProfile: (id) => void services.profiles.get(id),
    checkPersona: (id) => void prompts.persona(id),
    stopRun: (chatId) => runs.stopChat(chatId),
  });
  const runs: RunsService = createRuns(base, services, gatewayParts, {
    persona: (id) => prompts.findPersona(id),
    storage: { ...repositories, runs: new RunsRepository(db, repositories.messages), attachment: (id) => attachments.read(id) },
  });
  return { chats, attachments, prompts, runs };
}
