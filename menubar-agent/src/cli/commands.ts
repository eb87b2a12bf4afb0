/** The commands that talk to a running agent. */
import type { SEARCH_SORTS } from '@mlx-manager/shared';
import { AgentError, type Client, type LogsQuery, type Profile, type Server } from '@mlx-manager/shared';
import { formatBytes, formatDownload, note, print, ProgressLine, table } from './output.js';

export interface SearchOptions {
  readonly limit: number;
  readonly sort: (typeof SEARCH_SORTS)[number];
  readonly fits: boolean;
}

/** `search`: models on the hub. */
export async function search(client: Client, query: string, options: SearchOptions): Promise<void> {
  const models = await client.searchModels({
    query: { query, limit: options.limit, sort: options.sort, ...(options.fits && { fits: true }) },
  });
  if (models.length === 0) {
    note('No model was found. Try fewer words, or leave out --fits.');
    return;
  }
  const badges = (model: (typeof models)[number]): string =>
    [
      model.isDownloaded && 'here',
      model.fits === false && 'too large',
      model.characteristics.toolUse && 'tools',
      model.characteristics.thinking && 'thinking',
      model.characteristics.vision && 'vision',
      model.gated && 'gated',
    ]
      .filter(Boolean)
      .join(' ');
  print(
    table([
      ['MODEL', 'SIZE', 'DOWNLOADS', ''],
      ...models.map((model) => [
        model.modelId,
        model.sizeBytes === null ? '?' : formatBytes(model.sizeBytes),
        String(model.downloads),
        badges(model),
      ]),
    ]),
  );
}

/** `pull`: downloads a model and shows how far it is. Ctrl-C leaves the agent downloading. */
export async function pull(client: Client, modelId: string, revision?: string): Promise<void> {
  const { taskId } = await client.downloadModel({ body: { modelId, ...(revision !== undefined && { revision }) } });
  const line = new ProgressLine();
  for await (const task of client.watchDownload(taskId)) {
    line.show(formatDownload(task));
    if (task.status === 'completed') line.end(`✓ ${modelId} is at ${task.localPath ?? 'its place in the cache'}`);
    if (task.status === 'paused' || task.status === 'cancelled') line.end(`${modelId}: ${task.status}`);
    if (task.status === 'failed' && task.error) {
      line.end();
      throw new AgentError('DOWNLOAD_STATE', {}, { message: task.error.message, action: task.error.action });
    }
  }
}

/** `logs`: lines of a profile's engine. */
export async function showLogs(client: Client, name: string, options: { follow: boolean; query: Partial<LogsQuery> }): Promise<void> {
  const profile = await findProfile(client, name);
  const show = (line: { time: string; level: string; text: string }): void =>
    print(`${line.time.slice(11, 23)} ${line.level.padEnd(7)} ${line.text}`);
  if (!options.follow) {
    const { lines } = await client.serverLogs({ params: { profileId: profile.id }, query: options.query });
    lines.forEach(show);
    return;
  }
  for await (const line of client.followLogs({ profileId: profile.id, query: options.query })) show(line);
}

export interface RunOptions {
  /** Download a missing model without asking. */
  readonly pull: boolean;
  /** Asks the user; null where nobody can answer. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
}

/** `run`: starts a profile, or a model; downloads it and installs its engine when they are missing; waits until it answers. */
export async function run(client: Client, name: string, options: RunOptions): Promise<Profile> {
  const profile = await withModel(client, options, async () => {
    const known = await findProfile(client, name).catch(async (error: unknown) => {
      if (!(error instanceof AgentError) || error.code !== 'PROFILE_NOT_FOUND' || !name.includes('/')) throw error;
      return profileForModel(client, name);
    });
    for (const warning of known.warnings) note(`! ${warning}`);
    await startWithEngine(client, known);
    return known;
  });
  await waitUntilHealthy(client, profile);
  return profile;
}

/** Does something that needs a model; when the model is missing, offers the download and does it again. */
async function withModel<T>(client: Client, { pull: unasked, ask }: RunOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentError) || (error.code !== 'MODEL_NOT_DOWNLOADED' && error.code !== 'MODEL_INCOMPLETE')) throw error;
    const { modelId } = error.details;
    if (typeof modelId !== 'string') throw error;
    const wanted = unasked || (ask !== null && (await ask(`${error.message} Download it now?`)));
    if (!wanted) throw error;
    await pull(client, modelId);
    return work();
  }
}

/** Starts a profile; a missing engine is installed first, its lines shown. */
export async function startWithEngine(client: Client, profile: Profile): Promise<void> {
  try {
    await client.startServer({ params: { profileId: profile.id } });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    if (error.code === 'SERVER_ALREADY_RUNNING') return;
    const { engineId } = error.details;
    if (error.code !== 'ENGINE_NOT_INSTALLED' || typeof engineId !== 'string') throw error;
    await installEngine(client, engineId);
    await client.startServer({ params: { profileId: profile.id } });
  }
}

/** Installs an engine and shows the installer's lines. */
export async function installEngine(client: Client, engineId: string): Promise<void> {
  note(`• Installing the engine ${engineId}`);
  const line = new ProgressLine();
  await client.installEngine({ params: { engineId } });
  for await (const step of client.watchInstall(engineId)) {
    if ('text' in step) {
      line.show(`  ${step.text}`);
      continue;
    }
    line.end();
    if (step.state !== 'installed') {
      throw new AgentError(
        'ENGINE_INSTALL_FAILED',
        { engineId },
        step.error ? { message: step.error.message, action: step.error.action } : {},
      );
    }
    note(`✓ ${step.name} ${step.version ?? ''} is installed`);
  }
}

/** `unload`: stops a profile's server and waits until its memory is free. */
export async function unload(client: Client, name: string): Promise<void> {
  const profile = await findProfile(client, name);
  await client.stopServer({ params: { profileId: profile.id } });
  note(`✓ ${profile.name} is unloaded.`);
}

/** Waits for a started server by the event stream. */
export async function waitUntilHealthy(client: Client, profile: Profile): Promise<Server> {
  const left = new AbortController();
  const line = new ProgressLine();
  const settled = (server: Server): Server | null => {
    if (server.state === 'healthy') return server;
    if (server.state === 'failed' || server.state === 'stopped') {
      const why = server.failure;
      throw new AgentError('SERVER_FAILED', { name: profile.name, reason: why?.message ?? 'it was stopped.', remedy: why?.action ?? '' });
    }
    return null;
  };
  try {
    line.show(`• Loading ${profile.name}`);
    const events = client.events({ topics: ['server'], signal: left.signal });
    // Subscribed first, asked second: no change can fall between.
    const first = events.next();
    const now = settled(await client.getServer({ params: { profileId: profile.id } }));
    if (now) return now;
    for (let next = await first; next.done !== true; next = await events.next()) {
      const event = next.value;
      if (event.type === 'server.removed' && event.data.profileId === profile.id)
        throw new AgentError('SERVER_FAILED', { name: profile.name, reason: 'it was stopped.', remedy: '' });
      if (event.type !== 'server.updated' || event.data.profileId !== profile.id) continue;
      line.show(`• Loading ${profile.name}: ${event.data.state}`);
      const done = settled(event.data);
      if (done) return done;
    }
    throw new AgentError('STREAM_BROKEN');
  } finally {
    left.abort();
    line.end();
  }
}

/**
 * A profile by name or alias.
 * @throws AgentError PROFILE_NOT_FOUND.
 */
export async function findProfile(client: Client, name: string): Promise<Profile> {
  const wanted = name.toLowerCase();
  const profile = (await client.listProfiles()).find((one) =>
    [one.name, ...one.aliases, String(one.id)].some((known) => known.toLowerCase() === wanted),
  );
  if (!profile) throw new AgentError('PROFILE_NOT_FOUND', { profile: name });
  return profile;
}

/** The profile that serves a model; one is made where there is none. The model must be here. */
async function profileForModel(client: Client, modelId: string): Promise<Profile> {
  const known = (await client.listProfiles()).find((one) => one.modelPath.toLowerCase() === modelId.toLowerCase());
  if (known) return known;
  const model = await client.getModel({ params: { modelId } });
  if (!model.isDownloaded) throw new AgentError('MODEL_NOT_DOWNLOADED', { name: modelId, modelId });
  const { modelType, toolCallParser, reasoningParser } = model.characteristics;
  const name = modelId.split('/').at(-1) ?? modelId;
  return client.createProfile({
    body: { name, modelPath: modelId, modelType, toolCallParser, reasoningParser, enableAutoToolChoice: toolCallParser !== null },
  });
}
