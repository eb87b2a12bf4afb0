/** The providers: kept, tried out, asked. A provider's key is read when it is asked, and held by nobody. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AgentError, providerShape, wireObject } from '@mlx-manager/shared';
import type { Provider, ProviderCreateInput, ProviderTest, ProviderUpdate } from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus, type Logger } from '../../core/index.js';
import type { NativeAbilities } from '../../engines/index.js';
import type { ProviderRow, ProvidersRepository } from '../../store/index.js';
import type { SecretVault } from '../../system/index.js';
import type { ChatStream } from '../core/chunks.js';
import { providerChat, providerPass, type ChatEndpoint, type PassedRequest, type ProviderAnswer } from './ask.js';
import { testProvider } from './test-call.js';

export interface ProvidersDeps {
  readonly repository: ProvidersRepository;
  readonly vault: SecretVault;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names of the routing rules that point at a provider. */
  readonly usersOf: (providerId: number) => readonly string[];
}

/** What the owner set, in the form of the wire. */
const stored = wireObject(providerShape);
type ProviderOptions = z.output<typeof stored>;

export class Providers {
  /** Read once: every routed request asks. Without the keys. */
  #all: readonly Provider[] | null = null;
  /** Which have a key; null until it was looked up once. The keychain is asked rarely: it may ask the owner. */
  readonly #keySet = new Map<number, boolean>();

  constructor(private readonly deps: ProvidersDeps) {}

  async list(): Promise<Provider[]> {
    for (const row of this.deps.repository.all()) await this.#lookUpKey(row);
    return [...this.known()];
  }

  /** @throws AgentError PROVIDER_NOT_FOUND. */
  async get(id: number): Promise<Provider> {
    await this.#lookUpKey(this.#row(id));
    return this.#find(id);
  }

  /** All, without a look into the keychain: `keySet` may not be known yet. */
  known(): readonly Provider[] {
    this.#all ??= this.deps.repository.all().flatMap((row) => this.#read(row) ?? []);
    return this.#all;
  }

  /** @throws AgentError PROVIDER_NAME_TAKEN, SECRET_STORE_FAILED. */
  async create(input: ProviderCreateInput): Promise<Provider> {
    const { key, ...options } = { models: [], headers: {}, ...input };
    this.#checkName(options.name, null);
    const now = toTimestamp(this.deps.clock.now());
    // By chance, not by number: a later provider must never find an earlier one's key.
    const secretName = `provider_${randomBytes(8).toString('hex')}`;
    if (typeof key === 'string') await this.deps.vault.write(secretName, key);
    let id: number;
    try {
      this.#checkName(options.name, null);
      id = this.deps.repository.insert({ name: options.name, secretName, options: write(options), createdAt: now, updatedAt: now });
    } catch (error) {
      // Nobody would ever find it again.
      if (typeof key === 'string') await this.deps.vault.write(secretName, null);
      throw error;
    }
    this.#keySet.set(id, typeof key === 'string');
    return this.#announce(id);
  }

  /** Throws like `create`, and PROVIDER_NOT_FOUND. */
  async update(id: number, changes: ProviderUpdate): Promise<Provider> {
    const { key, ...rest } = changes;
    const before = this.#find(id);
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<ProviderOptions>;
    if (given.name !== undefined) this.#checkName(given.name, id);
    if (key !== undefined) await this.deps.vault.write(this.#row(id).secretName, key);
    else if (given.baseUrl !== undefined && originOf(given.baseUrl) !== originOf(before.baseUrl)) {
      // A key belongs to whom it was given for: it is not sent to another host because an address was changed.
      await this.deps.vault.write(this.#row(id).secretName, null);
      this.#keySet.set(id, false);
    }
    if (key !== undefined) this.#keySet.set(id, key !== null);
    const options = { ...optionsOf(before), ...given };
    if (given.name !== undefined) this.#checkName(given.name, id);
    this.deps.repository.update({
      ...this.#row(id),
      name: options.name,
      options: write(options),
      updatedAt: toTimestamp(this.deps.clock.now()),
    });
    await this.#lookUpKey(this.#row(id));
    return this.#announce(id);
  }

  /** Deletes a provider and its key. @throws AgentError PROVIDER_NOT_FOUND, PROVIDER_IN_USE, SECRET_STORE_FAILED. */
  async remove(id: number): Promise<void> {
    const { name, secretName } = this.#row(id);
    const rules = this.deps.usersOf(id);
    if (rules.length > 0) throw new AgentError('PROVIDER_IN_USE', { name, rules: rules.map((rule) => `"${rule}"`) });
    await this.deps.vault.write(secretName, null);
    this.deps.repository.remove(id);
    this.#keySet.delete(id);
    this.#all = null;
    this.deps.bus.emit('provider.removed', { id, name });
  }

  /** A cheap call: the provider's models. Says what happened. @throws AgentError PROVIDER_NOT_FOUND, SECRET_STORE_FAILED. */
  async test(id: number): Promise<ProviderTest> {
    const provider = this.#find(id);
    return testProvider(provider, await this.#key(id));
  }

  /**
   * One chat answer as corrected chunks; see {@link providerChat}.
   * @param body OpenAI's chat request, `model` the provider's.
   */
  async *chat(id: number, body: Readonly<Record<string, unknown>>, signal: AbortSignal, endpoint?: ChatEndpoint): ChatStream {
    const provider = this.#find(id);
    yield* providerChat(provider, await this.#key(id), body, signal, endpoint);
  }

  /** A request in the provider's own protocol, passed through; see {@link providerPass}. */
  async pass(id: number, request: PassedRequest, signal: AbortSignal): Promise<ProviderAnswer> {
    const provider = this.#find(id);
    return providerPass(provider, await this.#key(id), request, signal);
  }

  /** What a provider can itself; the rest is shaped here, as for an engine. */
  native(id: number): NativeAbilities {
    return this.#find(id).protocol === 'anthropic' ? ANTHROPIC : OPENAI;
  }

  #key(id: number): Promise<string | null> {
    return this.deps.vault.read(this.#row(id).secretName);
  }

  #row(id: number): ProviderRow {
    const row = this.deps.repository.find(id);
    if (!row) throw new AgentError('PROVIDER_NOT_FOUND', { provider: id });
    return row;
  }

  #find(id: number): Provider {
    const provider = this.known().find((one) => one.id === id);
    if (!provider) throw new AgentError('PROVIDER_NOT_FOUND', { provider: id });
    return provider;
  }

  async #lookUpKey({ id, secretName }: ProviderRow): Promise<void> {
    if (this.#keySet.has(id)) return;
    this.#keySet.set(id, (await this.deps.vault.read(secretName)) !== null);
    this.#all = null;
  }

  #checkName(name: string, ownId: number | null): void {
    const taken = this.deps.repository.all().some((row) => row.id !== ownId && row.name.toLowerCase() === name.toLowerCase());
    if (taken) throw new AgentError('PROVIDER_NAME_TAKEN', { name });
  }

  #announce(id: number): Provider {
    this.#all = null;
    const provider = this.#find(id);
    this.deps.bus.emit('provider.updated', provider);
    return provider;
  }

  #read(row: ProviderRow): Provider | null {
    const parsed = z.safeDecode(stored, JSON.parse(row.options) as z.input<typeof stored>);
    if (!parsed.success) {
      this.deps.logger.warn({ provider: row.id, problem: z.prettifyError(parsed.error) }, 'a provider is not valid and left aside');
      return null;
    }
    const { id, createdAt, updatedAt } = row;
    return { id, ...parsed.data, keySet: this.#keySet.get(id) ?? false, createdAt, updatedAt };
  }
}

const OPENAI: NativeAbilities = { n: true, jsonSchema: true, toolChoice: true, stop: true, logprobs: true };
/** Its JSON is not enforced while it generates: where it matters it is checked here. */
const ANTHROPIC: NativeAbilities = { n: false, jsonSchema: false, toolChoice: true, stop: true, logprobs: false };

const write = (options: ProviderOptions): string => JSON.stringify(z.encode(stored, options));

function optionsOf(provider: Provider): ProviderOptions {
  const { id: _id, keySet: _key, createdAt: _created, updatedAt: _updated, ...options } = provider;
  return options;
}

const originOf = (url: string): string => URL.parse(url)?.origin ?? '';
