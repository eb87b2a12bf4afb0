/** Counts with a model's own tokenizer and chat template, in a child process that lives only while it is used. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/index.js';
import { TokenizerChild, TokenizerGone, type TokenizerAnswer, type TokenizerRequest } from './child.js';

export interface TokenizerDeps {
  /** Pythons of environments that may hold `tokenizers` and `jinja2`, the likeliest first. Empty when no engine is installed. */
  readonly pythons: () => Promise<readonly string[]>;
  /** The agent's environment; a child gets the time zone and little else of it. */
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Tests shorten them. */
  readonly limits?: Partial<TokenizerLimits>;
}

export interface TokenizerLimits {
  /** Milliseconds a child is kept without work. */
  readonly idle: number;
  /** Milliseconds a child may take to start. */
  readonly start: number;
  /** Milliseconds one request may take, once it is its turn. */
  readonly answer: number;
  /** Requests that may wait; those beyond it are not counted. */
  readonly waiting: number;
  /** Characters of one request. */
  readonly chars: number;
  /** Milliseconds after a failed start during which no other is tried. */
  readonly pause: number;
}
export const defaultTokenizerLimits: TokenizerLimits = {
  idle: 60_000,
  start: 15_000,
  answer: 10_000,
  waiting: 64,
  chars: 16 * 1024 * 1024,
  pause: 30_000,
};

/** A conversation as the engine gets it. */
export interface ChatPrompt {
  /** In OpenAI's form. */
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly tools?: readonly Readonly<Record<string, unknown>>[] | null | undefined;
  /** E.g. `enable_thinking`, `add_generation_prompt`. */
  readonly chatTemplateKwargs?: Readonly<Record<string, unknown>> | null | undefined;
  /** A template that stands for the model's own: absolute path. */
  readonly chatTemplateFile?: string | null | undefined;
}

export interface RenderedPrompt {
  /** Text for a completion, to which a partial answer can be appended. Without the opening token that a completion adds itself. */
  readonly prompt: string;
  /** Tokens the model reads, the opening one included. */
  readonly tokens: number;
  /** What stands before and behind this model's thinking; null when it knows no such words. */
  readonly thinkingTags: readonly [string, string] | null;
}

/** Settings of the machine that dates and file names depend on. Nothing secret: templates are other people's code. */
const PASSED_ENV = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LC_TIME'] as const;

export class TokenizerService {
  readonly #limits: TokenizerLimits;
  #child: TokenizerChild | null = null;
  /** Requests take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;
  #notBefore = 0;
  #closed = false;

  constructor(private readonly deps: TokenizerDeps) {
    this.#limits = { ...defaultTokenizerLimits, ...deps.limits };
  }

  /** The child's process id; null while there is none. */
  get pid(): number | null {
    return this.#child?.gone === false ? this.#child.pid : null;
  }

  /**
   * Tokens of a text.
   * @param modelFolder absolute folder with `tokenizer.json`.
   * @param options `specialTokens`: with those the tokenizer puts around a text, as for a completion's prompt.
   * @returns null when it cannot be counted: no engine is installed, the model has no tokenizer, too much is asked at once. Never throws.
   */
  async countText(modelFolder: string, text: string, options: { specialTokens?: boolean } = {}): Promise<number | null> {
    const answer = await this.#ask(modelFolder, text.length, { kind: 'text', text, special: options.specialTokens ?? false });
    return answer?.tokens ?? null;
  }

  /** Tokens of a conversation, with everything the chat template adds. Null as with {@link countText}, and when the template refuses it. */
  async countChat(modelFolder: string, chat: ChatPrompt): Promise<number | null> {
    const answer = await this.#ask(modelFolder, charsOf(chat), { kind: 'chat', ...told(chat) });
    return answer?.tokens ?? null;
  }

  /** The prompt as text. Null as with {@link countChat}. */
  async renderChat(modelFolder: string, chat: ChatPrompt): Promise<RenderedPrompt | null> {
    const answer = await this.#ask(modelFolder, charsOf(chat), { kind: 'render', ...told(chat) });
    if (answer?.prompt === undefined || answer.tokens === undefined) return null;
    return { prompt: answer.prompt, tokens: answer.tokens, thinkingTags: answer.thinking_tags ?? null };
  }

  /** Ends the child. What is asked later is not counted. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#child?.kill();
    await this.#turn;
    await this.#child?.kill();
  }

  async #ask(folder: string, chars: number, request: TokenizerRequest): Promise<TokenizerAnswer | null> {
    if (this.#closed || chars > this.#limits.chars || this.#waiting >= this.#limits.waiting) return null;
    this.#waiting++;
    try {
      if (!(await isThere(join(folder, 'tokenizer.json')))) return null; // no child is needed to say so
      const turn = this.#turn.then(() => this.#answer({ ...request, folder }));
      this.#turn = turn;
      const answer = await turn;
      if (answer?.error !== undefined) this.deps.logger.debug({ folder, reason: answer.error }, 'tokens could not be counted');
      return answer?.error === undefined ? answer : null;
    } finally {
      this.#waiting--;
    }
  }

  /** One request in its turn. A child that died is replaced once. Never rejects: later turns stand behind it. */
  async #answer(request: TokenizerRequest): Promise<TokenizerAnswer | null> {
    clearTimeout(this.#idle);
    try {
      for (let attempt = 1; ; attempt++) {
        const child = await this.#alive();
        if (child === null) return null;
        try {
          return await child.ask(request, this.#limits.answer);
        } catch (error) {
          if (!(error instanceof TokenizerGone)) throw error;
          this.#child = null;
          if (this.#closed) return null;
          this.deps.logger.warn({ folder: request.folder, reason: error.message }, 'the tokenizer died');
          if (error.slow || attempt === 2) return null;
        }
      }
    } catch (error) {
      this.deps.logger.error({ err: error }, 'tokens could not be counted');
      return null;
    } finally {
      if (!this.#closed) this.#idle = setTimeout(() => this.#retire(), this.#limits.idle).unref();
    }
  }

  #retire(): void {
    const child = this.#child;
    this.#child = null;
    child?.end();
  }

  async #alive(): Promise<TokenizerChild | null> {
    if (this.#child?.gone === false) return this.#child;
    this.#child = null;
    if (this.#closed || Date.now() < this.#notBefore) return null;
    const env = Object.fromEntries(PASSED_ENV.flatMap((name) => (this.deps.env[name] === undefined ? [] : [[name, this.deps.env[name]]])));
    const pythons = await this.deps.pythons();
    for (const python of pythons) {
      try {
        this.#child = await TokenizerChild.start(python, { ...env, TOKENIZERS_PARALLELISM: 'false' }, this.#limits.start);
        this.#child.unref();
        return this.#child;
      } catch (error) {
        if (!(error instanceof TokenizerGone)) throw error;
        this.deps.logger.warn({ python, reason: error.message }, 'the tokenizer does not start');
      }
    }
    // Not a process for every count where none works. An engine that is installed meanwhile counts at once.
    if (pythons.length > 0) this.#notBefore = Date.now() + this.#limits.pause;
    return null;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false; // whatever keeps it from being read keeps it from being counted
  }
}

const told = (chat: ChatPrompt): TokenizerRequest => ({
  messages: chat.messages,
  tools: chat.tools ?? null,
  kwargs: chat.chatTemplateKwargs ?? null,
  template_file: chat.chatTemplateFile ?? null,
});

/** About how long it is, without writing it down: what is inside the parts is text, nearly all of it. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + charsOf(one), 0);
  return typeof value === 'object' && value !== null ? charsOf(Object.values(value)) : 1;
}
