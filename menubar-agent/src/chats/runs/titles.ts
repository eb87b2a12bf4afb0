/** Better titles for chats, asked of the model that answered. Nothing waits for them, and nothing is loaded for them. */
import { AgentError } from '@mlx-manager/shared';
import { buildCall, CHAT } from '../../gateway/index.js';
import { CHAT_CALLER } from './generation.js';
import type { Journal } from './journal.js';
import type { Ended } from './live-run.js';
import { textOf } from './messages.js';
import { titleOf } from '../titles.js';
import { cleanTitle } from './clean-title.js';
import type { RunsDeps } from './types.js';

/** Characters of a message that a title is made from. */
const MUCH = 1_500;
const TOKENS = 24;
/** Milliseconds a title may take. */
const PATIENCE = 30_000;
const WISH =
  'Write a title of at most six words for this conversation, in its language. Answer with the title alone: no quotes, no explanation.';

export class Titles {
  #asking: AbortController | null = null;

  constructor(
    private readonly deps: Pick<RunsDeps, 'storage' | 'gateway' | 'setting' | 'isLoaded' | 'logger'>,
    private readonly journal: Journal,
  ) {}

  /** An answer is whole: if its chat has no real title yet, one is asked for. */
  wanted({ run, message, chat }: Ended): void {
    const { storage, setting, isLoaded, logger } = this.deps;
    if (setting('chatTitles') !== 'model' || chat.titled || run.profileId === null || !isLoaded(run.profileId)) return;
    // A long chat has had its chance, and is long to read.
    if (chat.messageCount > 4) return;
    const [first] = storage.messages.path(message.id);
    if (first === undefined || chat.title !== titleOf(first.parts)) return;
    const said = textOf(first.parts).slice(0, MUCH);
    const answered = textOf(message.parts).slice(0, MUCH);
    if (said === '' || answered === '') return;
    this.cancel();
    const asking = new AbortController();
    this.#asking = asking;
    void this.#ask(run.profileName ?? run.model ?? 'auto', `${said}\n\n---\n\n${answered}\n\n---\n\n${WISH}`, asking.signal)
      .then((title) => {
        if (title !== null && !asking.signal.aborted) this.journal.retitle(chat.id, title);
      })
      .catch((error: unknown) => {
        // The first words stay.
        if (!asking.signal.aborted) logger.debug({ err: error, chatId: chat.id }, 'the model gave no title');
      })
      .finally(() => {
        if (this.#asking === asking) this.#asking = null;
      });
  }

  /** Something else has to be answered. */
  cancel(): void {
    this.#asking?.abort(new AgentError('SHUTTING_DOWN'));
    this.#asking = null;
  }

  async #ask(model: string, prompt: string, signal: AbortSignal): Promise<string | null> {
    const body = {
      model,
      messages: [
        { role: 'system', content: WISH },
        { role: 'user', content: prompt },
      ],
      max_tokens: TOKENS,
      temperature: 0,
      chat_template_kwargs: { enable_thinking: false },
    };
    const caller = { ...CHAT_CALLER, priority: 'batch' as const };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const call = buildCall({ protocol: 'internal', endpoint: CHAT, model, body, stream: true }, caller, limit);
    let text = '';
    for await (const { choices } of this.deps.gateway.chat(call)) text += choices[0]?.delta.content ?? '';
    return cleanTitle(text);
  }
}
