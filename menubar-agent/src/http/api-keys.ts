/**
 * API keys: made, changed, revoked, recognised.
 *
 * A secret is 256 random bits, so one round of SHA-256 is enough to keep it: slow hashes (scrypt, argon2) make guessing dear where
 * people chose the secret, and nobody guesses 256 bits however fast the hash. The hash is also what a key is found by, in a map in memory:
 * how long a look-up takes depends on the hash of what was sent, not on how near it is to a secret, so nothing can be learned from
 * timing, and wrong keys need no limit of their own.
 */
import { hash, randomBytes } from 'node:crypto';
import { AgentError, API_KEY_PREFIX, type ApiKey, type ApiKeyCreate, type ApiKeyCreated, type ApiKeyUpdate } from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus, type Logger } from '../core/index.js';
import { nameMatcher, type CallerKey } from './caller-key.js';

/** A key as it is kept. */
export interface ApiKeyRecord extends ApiKey {
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
}

/** Where keys are kept; the store implements it. */
export interface ApiKeyStorage {
  all(): ApiKeyRecord[];
  /** Answers the new id. */
  insert(key: Omit<ApiKeyRecord, 'id'>): number;
  update(key: ApiKeyRecord): void;
  /** @param uses id → ISO 8601. */
  markUsed(uses: ReadonlyMap<number, string>): void;
}

/** What a secret is: a key that opens `/v1`, or why it does not. */
export type Recognised = { readonly key: CallerKey } | { readonly problem: string };

/** Letters of a secret that are kept and shown: 7 of its 43 random ones, 42 bits of 256. */
const SHOWN = API_KEY_PREFIX.length + 7;
/** Milliseconds between writing down when keys were used. */
const USE_INTERVAL_MS = 60_000;

interface Entry {
  record: ApiKeyRecord;
  caller: CallerKey;
  /** Milliseconds since 1970; Infinity is never. */
  expires: number;
  /** Milliseconds since 1970 of a use that is not written down yet; 0 for none. */
  usedAt: number;
}

/** The API keys. All of them are in memory; a request costs one SHA-256 and one look-up. */
export class ApiKeys {
  readonly #byHash = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  #cancelWrite: (() => void) | null = null;

  constructor(private readonly deps: { storage: ApiKeyStorage; bus: EventBus; clock: Clock; logger: Logger }) {
    for (const record of deps.storage.all()) this.#keep(record);
  }

  /** All keys, newest first. */
  list(): ApiKey[] {
    return [...this.#byId.values()].reverse().map(shown);
  }

  /** @throws AgentError API_KEY_NOT_FOUND. */
  get(id: number): ApiKey {
    return shown(this.#entry(id));
  }

  /**
   * Makes a key. Its secret is in the answer and nowhere else.
   * @throws AgentError API_KEY_NAME_TAKEN, INVALID_REQUEST (an expiry that is over).
   */
  create(input: Pick<ApiKeyCreate, 'name'> & Partial<ApiKeyCreate>): ApiKeyCreated {
    this.#checkName(input.name, null);
    this.#checkExpiry(input.expiresAt);
    const secret = API_KEY_PREFIX + randomBytes(32).toString('base64url');
    const record: Omit<ApiKeyRecord, 'id'> = {
      name: input.name,
      requestsPerMinute: input.requestsPerMinute ?? null,
      tokensPerMinute: input.tokensPerMinute ?? null,
      models: input.models ?? null,
      expiresAt: input.expiresAt ?? null,
      priority: input.priority ?? null,
      prefix: secret.slice(0, SHOWN),
      hash: hash('sha256', secret),
      createdAt: toTimestamp(this.deps.clock.now()),
      lastUsedAt: null,
      revokedAt: null,
    };
    const key = this.#announce(this.#keep({ ...record, id: this.deps.storage.insert(record) }));
    this.deps.logger.info({ keyId: key.id, name: key.name }, 'an API key was made');
    return { key, secret };
  }

  /**
   * Changes a key; the next request is under the new terms.
   * @throws AgentError API_KEY_NOT_FOUND, API_KEY_REVOKED, API_KEY_NAME_TAKEN, INVALID_REQUEST.
   */
  update(id: number, changes: ApiKeyUpdate): ApiKey {
    const { record } = this.#entry(id);
    if (record.revokedAt !== null) throw new AgentError('API_KEY_REVOKED', { keyId: id, name: record.name });
    if (changes.name !== undefined) this.#checkName(changes.name, id);
    this.#checkExpiry(changes.expiresAt);
    const named = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<ApiKeyRecord>;
    return this.#change(id, named);
  }

  /**
   * Revokes a key for good; once more does nothing. Requests under way are not cut off.
   * @throws AgentError API_KEY_NOT_FOUND.
   */
  revoke(id: number): void {
    const { record } = this.#entry(id);
    if (record.revokedAt !== null) return;
    this.#change(id, { revokedAt: toTimestamp(this.deps.clock.now()) });
    this.deps.logger.info({ keyId: id, name: record.name }, 'an API key was revoked');
  }

  /** Looks a secret up, and remembers that the key was used. */
  recognise(secret: string): Recognised {
    const entry = this.#byHash.get(hash('sha256', secret));
    if (entry === undefined) return { problem: 'is not known here' };
    if (entry.record.revokedAt !== null) return { problem: `was revoked on ${entry.record.revokedAt}` };
    const now = this.deps.clock.now();
    if (now >= entry.expires) return { problem: `expired on ${entry.record.expiresAt ?? ''}` };
    entry.usedAt = now;
    this.#cancelWrite ??= this.deps.clock.schedule(() => this.flush(), USE_INTERVAL_MS);
    return { key: entry.caller };
  }

  /** Writes down when keys were used. Called about once a minute while there is use, and when the agent ends. */
  flush(): void {
    this.#cancelWrite?.();
    this.#cancelWrite = null;
    const uses = new Map<number, string>();
    for (const entry of this.#byId.values()) {
      if (entry.usedAt === 0) continue;
      entry.record = shownRecord(entry);
      entry.usedAt = 0;
      uses.set(entry.record.id, entry.record.lastUsedAt ?? '');
    }
    try {
      if (uses.size > 0) this.deps.storage.markUsed(uses);
    } catch (error) {
      // A full disk must not end the agent for the sake of a date.
      this.deps.logger.warn({ err: error }, 'the last use of API keys could not be written down');
    }
  }

  #change(id: number, changes: Partial<ApiKeyRecord>): ApiKey {
    const entry = this.#entry(id);
    const record = { ...shownRecord(entry), ...changes };
    this.deps.storage.update(record);
    return this.#announce(this.#keep(record));
  }

  #keep(record: ApiKeyRecord): Entry {
    const { id, name, priority, requestsPerMinute, tokensPerMinute, models, expiresAt } = record;
    const caller: CallerKey = { id, name, priority, requestsPerMinute, tokensPerMinute, models, mayUse: nameMatcher(models) };
    const entry: Entry = { record, caller, expires: expiresAt === null ? Infinity : Date.parse(expiresAt), usedAt: 0 };
    this.#byHash.set(record.hash, entry);
    this.#byId.set(id, entry);
    return entry;
  }

  #announce(entry: Entry): ApiKey {
    const key = shown(entry);
    this.deps.bus.emit('key.updated', key);
    return key;
  }

  #entry(id: number): Entry {
    const entry = this.#byId.get(id);
    if (entry === undefined) throw new AgentError('API_KEY_NOT_FOUND', { key: String(id) });
    return entry;
  }

  #checkName(name: string, ownId: number | null): void {
    const wanted = name.toLowerCase();
    const taken = [...this.#byId.values()].some(
      ({ record }) => record.revokedAt === null && record.id !== ownId && record.name.toLowerCase() === wanted,
    );
    if (taken) throw new AgentError('API_KEY_NAME_TAKEN', { name });
  }

  #checkExpiry(expiresAt: string | null | undefined): void {
    if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= this.deps.clock.now())
      throw new AgentError('INVALID_REQUEST', { problem: `expires_at: ${expiresAt} is over` });
  }
}

function shownRecord({ record, usedAt }: Entry): ApiKeyRecord {
  return usedAt === 0 ? record : { ...record, lastUsedAt: toTimestamp(usedAt) };
}

/** A key as the API shows it: without its hash. */
function shown(entry: Entry): ApiKey {
  const { hash: _, ...key } = shownRecord(entry);
  return key;
}
