/** Profiles: made, changed, copied, carried to another machine. */
import { AgentError } from '@mlx-manager/shared';
import type {
  Profile,
  ProfileCreate,
  ProfileCreateInput,
  ProfileDraft,
  ProfileExport,
  ProfileImportResult,
  ProfileUpdate,
} from '@mlx-manager/shared';
import { toTimestamp, type AgentPaths, type Clock, type EventBus } from '../core/index.js';
import { findFreePort, isPortFree } from '../system/index.js';
import type { ProfileRecord, ProfilesRepository } from '../store/index.js';
import { optionChecks, problemsOf, runChecks, type Check, type Problem } from './checks.js';
import { profileDefaults } from './defaults.js';
import { adapterOf, toLaunchSpec } from './launch-spec.js';

export interface ProfilesDeps {
  readonly repository: ProfilesRepository;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly paths: AgentPaths;
  /** Folders in which model folders may lie. */
  readonly allowedFolders: () => readonly string[];
  readonly firstPort: () => number;
  /** The program that listens on a port. */
  readonly portHolder: (port: number) => Promise<{ readonly name: string } | null>;
  /** Port on which a profile's own server listens now, if it runs. Null when it does not. */
  readonly runningPort: (profileId: number) => number | null;
  readonly isRunning: (profileId: number) => boolean;
  /** Clears what hangs on a profile outside (a launchd job) before it goes. */
  readonly beforeDelete: (profile: Profile) => Promise<void>;
  /** Ends whatever still starts of a profile, then has it removed from the store: nothing may start it in between. */
  readonly erase: (profile: Profile, fromStore: () => void) => Promise<void>;
  /** Carries a change to what hangs on the profile outside (a launchd job). */
  readonly afterUpdate: (before: Profile, after: Profile) => Promise<void>;
}

export class ProfilesService {
  /** Changes run one after another: a free port or name must still be free when it is written. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: ProfilesDeps) {}

  list(): Profile[] {
    return this.deps.repository.all().map((record) => this.#present(record));
  }

  /** @throws AgentError PROFILE_NOT_FOUND. */
  get(id: number): Profile {
    return this.#present(this.#record(id));
  }

  /** By name or alias, case not mattering; null when there is none. */
  findByName(name: string): Profile | null {
    const wanted = name.toLowerCase();
    const record = this.deps.repository.all().find((one) => namesOf(one).includes(wanted));
    return record ? this.#present(record) : null;
  }

  /** Profiles that name this model. */
  ofModel(modelPath: string): Profile[] {
    return this.deps.repository.ofModel(modelPath).map((record) => this.#present(record));
  }

  /**
   * Creates a profile; the next free port is taken where none is given.
   * @throws AgentError PROFILE_NAME_TAKEN, PORT_TAKEN_BY_PROFILE, PORT_IN_USE, MODEL_PATH_REFUSED, EXTRA_ARG_REFUSED, ENGINE_*.
   */
  create(input: ProfileCreateInput, origin: Profile['origin'] = 'user'): Promise<Profile> {
    return this.#inOrder(async () => {
      const { port: wantedPort, ...options } = { ...profileDefaults(), ...input };
      this.#checkNames([options.name, ...options.aliases], null);
      const port = await this.#port(wantedPort, null);
      const now = toTimestamp(this.deps.clock.now());
      const record = { ...options, port, launchdInstalled: false, origin, createdAt: now, updatedAt: now };
      await this.#checkOptions(record);
      const [saved] = this.deps.repository.insert([record]);
      return this.#announce('profile.created', saved as ProfileRecord);
    });
  }

  /** Changes a profile. A running server takes it up at its next start. Throws like `create`. */
  update(id: number, changes: ProfileUpdate): Promise<Profile> {
    return this.#inOrder(async () => {
      const before = this.#record(id);
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const record: ProfileRecord = { ...before, ...given, updatedAt: toTimestamp(this.deps.clock.now()) };
      this.#checkNames([record.name, ...record.aliases], id);
      if (record.port !== before.port) await this.#port(record.port, id);
      await this.#checkOptions(record);
      this.deps.repository.update(record);
      const profile = this.#announce('profile.updated', record);
      await this.deps.afterUpdate(this.#present(before), profile);
      return profile;
    });
  }

  /** @throws AgentError PROFILE_NOT_FOUND, PROFILE_RUNNING. */
  remove(id: number): Promise<void> {
    return this.#inOrder(async () => {
      const profile = this.get(id);
      if (this.deps.isRunning(id)) throw new AgentError('PROFILE_RUNNING', { name: profile.name, profileId: id });
      await this.deps.beforeDelete(profile);
      await this.deps.erase(profile, () => this.deps.repository.remove(id));
      this.deps.bus.emit('profile.deleted', { id, name: profile.name });
    });
  }

  /** A copy under a new name and the next free port. Aliases stay with the original: a name means one profile. */
  duplicate(id: number, newName: string): Promise<Profile> {
    const { port: _port, aliases: _aliases, ...options } = optionsOf(this.#record(id));
    return this.create({ ...options, name: newName });
  }

  /** The next port no profile has and no program listens on. @throws AgentError NO_FREE_PORT. */
  nextPort(): Promise<number> {
    const taken = new Set(this.deps.repository.all().map((record) => record.port));
    return findFreePort(this.deps.firstPort(), taken);
  }

  /**
   * What would be refused if this were saved, and started on its own port. Changes nothing.
   * @throws AgentError PROFILE_NOT_FOUND when it names one that is not there.
   */
  problemsOf(draft: ProfileDraft): Promise<Problem[]> {
    const { id, name, port, aliases } = draft;
    const saved = id === null ? null : this.#record(id);
    const names = name === undefined ? [] : [name];
    // Its port is taken at its start only when it is exposed.
    const matters = port !== undefined && (draft.exposePort || port !== saved?.port);
    return problemsOf([
      ...names.map((one) => ({ field: 'name' as const, run: () => this.#checkNames([one], id) })),
      { field: 'aliases', run: () => this.#checkNames(aliases, id) },
      ...(matters ? [{ field: 'port' as const, run: () => this.#port(port, id) }] : []),
      ...this.#optionChecks(draft),
    ]);
  }

  /** What its owner should know of a profile, saved or not, a sentence each. @throws AgentError ENGINE_UNKNOWN, ENGINE_CANNOT_SERVE. */
  warningsOf(options: Parameters<typeof warningsOf>[0]): string[] {
    return warningsOf(options, this.deps.paths.logs);
  }

  /** Profiles for another machine. @param ids all when left out. */
  export(ids?: readonly number[]): ProfileExport {
    const records = ids ? ids.map((id) => this.#record(id)) : this.deps.repository.all();
    return { format: 'mlx-manager.profiles', version: 1, exportedAt: toTimestamp(this.deps.clock.now()), profiles: records.map(optionsOf) };
  }

  /**
   * Takes over exported profiles, all or none. Names, aliases and ports taken here are changed, and `changes` says so;
   * the right to run a model's own code is not taken over.
   */
  import(bundle: ProfileExport): Promise<ProfileImportResult> {
    return this.#inOrder(async () => {
      const changes: string[] = [];
      const names = new Set(this.deps.repository.all().flatMap(namesOf));
      const ports = new Set(this.deps.repository.all().map((record) => record.port));
      const now = toTimestamp(this.deps.clock.now());
      const records: Omit<ProfileRecord, 'id'>[] = [];
      for (const { port: wanted, ...options } of bundle.profiles) {
        const name = freeName(options.name, names);
        if (name !== options.name) changes.push(`"${options.name}" is called "${name}" here: the name is taken.`);
        names.add(name.toLowerCase());
        const aliases = options.aliases.filter((alias) => !names.has(alias.toLowerCase()));
        for (const alias of options.aliases)
          if (!aliases.includes(alias)) changes.push(`"${name}" lost the alias "${alias}": the name is taken.`);
        for (const alias of aliases) names.add(alias.toLowerCase());
        const keep = wanted !== undefined && !ports.has(wanted) && (await isPortFree(wanted));
        const port = keep ? wanted : await findFreePort(this.deps.firstPort(), ports);
        if (wanted !== undefined && !keep) changes.push(`"${name}" has port ${port} here: ${wanted} is taken.`);
        ports.add(port);
        if (options.trustRemoteCode) changes.push(`"${name}" may not run its model’s own code until you allow it here.`);
        if (options.autoStart) changes.push(`"${name}" does not start with the agent until you say so here.`);
        const record = {
          ...options,
          name,
          aliases,
          port,
          trustRemoteCode: false,
          autoStart: false,
          launchdInstalled: false,
          origin: 'import' as const,
          createdAt: now,
          updatedAt: now,
        };
        await this.#checkOptions(record);
        records.push(record);
      }
      const imported = this.deps.repository.insert(records).map((record) => this.#announce('profile.created', record));
      return { imported, changes };
    });
  }

  /** Notes whether launchd holds the profile. */
  setLaunchdInstalled(id: number, installed: boolean): Profile {
    const record = { ...this.#record(id), launchdInstalled: installed };
    this.deps.repository.update(record);
    return this.#announce('profile.updated', record);
  }

  #record(id: number): ProfileRecord {
    const record = this.deps.repository.find(id);
    if (!record) throw new AgentError('PROFILE_NOT_FOUND', { profile: id });
    return record;
  }

  #present(record: ProfileRecord): Profile {
    return { ...record, warnings: warningsOf(record, this.deps.paths.logs) };
  }

  #announce(type: 'profile.created' | 'profile.updated', record: ProfileRecord): Profile {
    const profile = this.#present(record);
    this.deps.bus.emit(type, profile);
    return profile;
  }

  #checkNames(names: readonly string[], ownId: number | null): void {
    const taken = new Set(
      this.deps.repository
        .all()
        .filter((record) => record.id !== ownId)
        .flatMap(namesOf),
    );
    for (const name of names) {
      if (taken.has(name.toLowerCase())) throw new AgentError('PROFILE_NAME_TAKEN', { name });
    }
  }

  async #port(wanted: number | undefined, ownId: number | null): Promise<number> {
    if (wanted === undefined) return this.nextPort();
    const other = this.deps.repository.all().find((record) => record.port === wanted && record.id !== ownId);
    if (other) throw new AgentError('PORT_TAKEN_BY_PROFILE', { port: wanted, name: other.name, profileId: other.id });
    const own = ownId !== null && this.deps.runningPort(ownId) === wanted;
    if (!own && !(await isPortFree(wanted))) {
      const holder = await this.deps.portHolder(wanted);
      throw new AgentError('PORT_IN_USE', { port: wanted, program: holder?.name ?? 'another program' });
    }
    return wanted;
  }

  #optionChecks(record: Parameters<typeof optionChecks>[0]): Check[] {
    return optionChecks(record, { allowed: this.deps.allowedFolders(), userHome: this.deps.paths.userHome });
  }

  #checkOptions(record: Omit<ProfileRecord, 'id'>): Promise<void> {
    return runChecks(this.#optionChecks(record));
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    // A failed change is its caller's to hear of; the next one runs all the same.
    this.#queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

function namesOf(record: Pick<ProfileRecord, 'name' | 'aliases'>): string[] {
  return [record.name, ...record.aliases].map((name) => name.toLowerCase());
}

/** As the contract has it. */
const MAX_NAME = 80;

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let i = 1; ; i++) {
    const suffix = i === 1 ? '' : ` ${i}`;
    const candidate = name.slice(0, MAX_NAME - suffix.length).trimEnd() + suffix;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}

/** What the owner set, without this machine's state. */
function optionsOf(record: ProfileRecord): Omit<ProfileCreate, 'port'> & { port: number } {
  const { id: _id, launchdInstalled: _launchd, origin: _origin, createdAt: _created, updatedAt: _updated, ...options } = record;
  return options;
}

function warningsOf(record: Omit<ProfileDraft, 'id'> & { readonly port: number }, logsFolder: string): string[] {
  const adapter = adapterOf(record);
  const warnings = adapter.warnings(
    toLaunchSpec(record, { modelFolder: record.modelPath, modelName: record.modelPath, port: record.port, logsFolder }),
  );
  if (record.trustRemoteCode) warnings.unshift('This model’s own Python code runs on this machine (trust_remote_code).');
  return warnings;
}
