/** The management API of a real agent: what every surface relies on. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import fetch from 'node-fetch';
import { z } from 'zod';
import { AgentError, createClient, openaiModels, routes, type AgentEvent } from '@mlx-manager/shared';
import { createAgent } from '../../menubar-agent/src/agent.js';
import { clientOf, endRig, listen, newFolder, startAgent, type Rig } from '../support/agent.js';
import { startHub, type StandInHub } from '../support/hub/index.js';

let rig: Rig;
let hub: StandInHub;
beforeAll(async () => {
  hub = await startHub({ models: [{ id: 'org/one', files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': 'x' } }] });
  rig = await startAgent({ hubUrl: hub.url });
});
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});
const get = (path: string, headers: Record<string, string> = {}) => fetch(rig.agent.address + path, { headers, redirect: 'manual' });

describe('the agent', () => {
  test('says where it is in a file only its owner reads', async () => {
    const file = JSON.parse(readFileSync(rig.agent.paths.agentFile, 'utf8')) as Record<string, unknown>;
    expect(file).toMatchObject({ port: rig.agent.port, pid: process.pid, token: rig.agent.token });
    expect(statSync(rig.agent.paths.agentFile).mode & 0o777).toBe(0o600);
    expect(statSync(rig.agent.paths.home).mode & 0o777).toBe(0o700);
    expect(await rig.client.agentStatus()).toMatchObject({ pid: process.pid, port: rig.agent.port, servers: 0 });
  });

  test('a second one on the same state folder is refused, and told where the first is', async () => {
    await expect(createAgent({ env: rig.env, port: 0 })).rejects.toMatchObject({
      code: 'AGENT_ALREADY_RUNNING',
      message: expect.stringContaining(rig.agent.address),
    });
    expect(await rig.client.health()).toMatchObject({ status: 'ok' });
  });

  test('a port that is taken is told, and the state folder is free again', async () => {
    const folder = newFolder();
    const env = { ...rig.env, HOME: folder, MLX_MANAGER_HOME: join(folder, 'state') };
    await expect(createAgent({ env, port: rig.agent.port })).rejects.toMatchObject({
      code: 'AGENT_PORT_IN_USE',
      details: { port: rig.agent.port },
    });
    const second = await createAgent({ env, port: 0 });
    await second.stop();
    expect(existsSync(second.paths.agentFile)).toBe(false);
  });

  test('a state folder that cannot be made is told', async () => {
    await expect(
      createAgent({ env: { ...rig.env, MLX_MANAGER_HOME: join(rig.agent.paths.agentFile, 'below-a-file') }, port: 0 }),
    ).rejects.toMatchObject({ code: 'STATE_NOT_WRITABLE' });
  });

  test('its token stays the same over a restart', async () => {
    const folder = newFolder();
    const first = await startAgent({ folder });
    await first.stop();
    const second = await startAgent({ folder });
    expect(second.agent.token).toBe(first.agent.token);
    await endRig(second);
  });

  test('asked to end, it says so on the stream and ends', async () => {
    const own = await startAgent();
    const ear = listen(own.client, ['agent']);
    await own.client.shutdown({ body: { keepServers: false } });
    expect(await own.agent.shutdownRequested).toEqual({ keepServers: false });
    const stopping = own.agent.stop();
    await ear.until((event) => event.type === 'agent.stopping');
    await stopping;
    await ear.stop();
    await expect(own.client.health()).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
  });
});

describe('signing in', () => {
  test('without the token /api answers UNAUTHORIZED', async () => {
    await expect(clientOf(rig.agent.address, 'wrong').listProfiles()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
  });

  test('the link of `open` signs a browser in, once', async () => {
    const { url } = await rig.client.createLink();
    const path = url.slice(rig.agent.address.length);
    const answer = await get(path);
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await get('/api/profiles', { cookie })).status).toBe(200);
    expect(((await (await get(path)).json()) as { error: { code: string } }).error.code).toBe('LINK_EXPIRED');
  });

  test('a link that would lead elsewhere leads nowhere', async () => {
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil']) {
      const { url } = await rig.client.createLink();
      expect((await get(`${url.slice(rig.agent.address.length)}&to=${encodeURIComponent(to)}`)).status).toBe(401);
    }
  });
});

const V1_PATHS = [
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/images/edits',
  '/v1/images/generations',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/models',
  '/v1/models/{model}',
  '/v1/responses',
  '/v1/responses/input_tokens',
  '/v1/responses/{id}',
  '/v1/responses/{id}/cancel',
  '/v1/responses/{id}/input_items',
];

describe('the API reference', () => {
  const signedIn = () => ({ authorization: `Bearer ${rig.agent.token}` });

  test('is a valid OpenAPI document that names every route of the table', async () => {
    const document = (await (await get('/api/openapi.json', signedIn())).json()) as { paths: Record<string, Record<string, unknown>> };
    const verdict = await new Validator().validate(document);
    expect(verdict.errors ?? []).toEqual([]);
    for (const route of Object.values(routes)) {
      expect(document.paths[route.path.replace(/:(\w+)/g, '{$1}')]).toHaveProperty(route.method.toLowerCase());
    }
    expect(JSON.stringify(document)).toContain('#/components/schemas/Profile');
    expect(document).toHaveProperty(['components', 'schemas', 'Profile', 'properties', 'id']);
    expect(document).toHaveProperty(['paths', '/api/models/search', 'get', 'responses', '200', 'headers', 'Link']);
    expect(document).not.toHaveProperty(['paths', '/api/events', 'get', 'responses', '200', 'content', 'application/json']);
    expect(JSON.stringify(document)).not.toMatch(/modelPath|\$defs/);
  });

  test('names every route of /v1 as the agent has it, with the two ways to send a key, and each tag', async () => {
    const document = (await (await get('/api/openapi.json', signedIn())).json()) as {
      paths: Record<string, Record<string, { security?: object[]; tags: string[]; operationId: string }>>;
      tags: { name: string }[];
      components: { securitySchemes: object };
    };
    expect(document.components.securitySchemes).toMatchObject({
      apiKey: { type: 'http', scheme: 'bearer' },
      xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    });
    const v1 = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'));
    expect(v1.map(([path]) => path).sort()).toEqual(V1_PATHS);
    for (const [path, methods] of v1) {
      for (const [method, { security }] of Object.entries(methods)) {
        expect(security).toEqual(expect.arrayContaining([{ apiKey: [] }, { xApiKey: [] }]));
        // It is there: nothing of it is answered with what a path that is none gets.
        const answer = await fetch(rig.agent.address + path.replace(/\{\w+\}/, 'none'), { method });
        expect([path, method, await answer.text()]).toEqual([path, method, expect.not.stringContaining('There is nothing at')]);
      }
    }
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.flatMap(({ tags }) => tags))).toEqual(new Set(document.tags.map(({ name }) => name)));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    expect(document).toHaveProperty(['paths', '/metrics', 'get', 'responses', '200', 'content', 'text/plain']);
    expect(document).toHaveProperty(['paths', '/api/requests/export', 'get', 'responses', '200', 'content', 'text/csv']);
    expect(document).toHaveProperty(['components', 'schemas', 'PoolStatus', 'properties', 'budget_gb']);
  });

  test('has a page whose every file is the agent’s own', async () => {
    const page = await get('/api/docs', signedIn());
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect([file, (await get(file, signedIn())).status]).toEqual([file, 200]);
    expect((await get('/api/docs/..%2fpackage.json', signedIn())).status).toBe(404);
  });
});

describe('events', () => {
  test('carry every change with an id; a reader that was away gets what it missed', async () => {
    const ear = listen(rig.client, ['profile', 'settings']);
    const first = await rig.client.createProfile({ body: { name: 'Events', modelPath: 'org/one' } });
    const created = await ear.until((event) => event.type === 'profile.created' && event.data.id === first.id);
    await ear.stop();
    await rig.client.updateProfile({ params: { id: first.id }, body: { pinned: true } });
    await rig.client.updateSettings({ body: { logKeep: 4 } });
    await rig.client.deleteProfile({ params: { id: first.id } });

    const left = new AbortController();
    const missed: AgentEvent[] = [];
    for await (const event of rig.client.events({ topics: ['profile'], lastEventId: created.id, signal: left.signal })) {
      missed.push(event);
      if (event.type === 'profile.deleted') break;
    }
    left.abort();
    expect(missed.map((event) => event.type)).toEqual(['profile.updated', 'profile.deleted']);
  });

  test.each(['gone-5', 'nonsense'])('a reader with the id "%s" is told to fetch anew', async (lastEventId) => {
    const left = new AbortController();
    for await (const event of rig.client.events({ lastEventId, signal: left.signal })) {
      expect(event).toMatchObject({ type: 'stream.reset', data: { reason: 'restarted' } });
      break;
    }
    left.abort();
  });

  test('an unknown topic is refused', async () => {
    const answer = await get('/api/events?topics=weather', { authorization: `Bearer ${rig.agent.token}` });
    expect(answer.status).toBe(400);
  });

  test('memory is announced while somebody listens', async () => {
    const ear = listen(rig.client, ['memory']);
    const event = await ear.until((one) => one.type === 'memory.updated');
    expect(event.data).toMatchObject({ totalGb: expect.any(Number), percentUsed: expect.any(Number) });
    await ear.stop();
  });
});

describe('settings', () => {
  test('are changed, kept, taken back; the hub token is never answered', async () => {
    const changed = await rig.client.updateSettings({ body: { maxDownloads: 5, hfToken: 'hf_notToBeSeen' } });
    expect(changed).toMatchObject({ maxDownloads: 5, hfTokenSet: true, sources: { maxDownloads: 'setting' } });
    expect(JSON.stringify(await rig.client.getSettings())).not.toContain('notToBeSeen');
    expect(readFileSync(join(rig.agent.paths.logs, 'agent.log'), 'utf8')).not.toContain('notToBeSeen');
    expect(await rig.client.updateSettings({ body: { maxDownloads: null, hfToken: null } })).toMatchObject({
      maxDownloads: 2,
      hfTokenSet: false,
    });
  });

  test.each([
    { maxDownloads: 0 },
    { huggingfaceCachePath: 'relative' },
    { allowedHosts: ['a b'] },
    { allowedOrigins: ['nope'] },
    { hfEndpoint: 'ftp://x' },
  ])('%j is refused and changes nothing', async (body) => {
    const before = await rig.client.getSettings();
    await expect(rig.client.updateSettings({ body })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await rig.client.getSettings()).toEqual(before);
  });

  test('a Python that cannot be used is refused with the reason', async () => {
    await expect(rig.client.updateSettings({ body: { enginePython: '/bin/false' } })).rejects.toMatchObject({ code: 'PYTHON_UNSUITABLE' });
    expect((await rig.client.getSettings()).enginePython).toBeNull();
  });
});

describe('the machine', () => {
  test('memory and versions are told; what is not known is null', async () => {
    const memory = await rig.client.systemMemory();
    expect(memory.totalGb).toBeGreaterThan(0);
    expect(memory.usedGb + memory.availableGb).toBeCloseTo(memory.totalGb, 0);
    expect(memory.mlxRecommendedGb).toBeLessThanOrEqual(memory.totalGb);
    expect(await rig.client.systemInfo()).toMatchObject({ platform: process.platform, nodeVersion: process.versions.node });
  });

  if (process.platform !== 'darwin') {
    test('launchd is said to be for macOS', async () => {
      const { id } = await rig.client.createProfile({ body: { name: 'At login', modelPath: 'org/one' } });
      await expect(rig.client.launchdStatus({ params: { profileId: id } })).rejects.toMatchObject({
        code: 'UNSUPPORTED_PLATFORM',
        status: 501,
      });
      await expect(rig.client.installAgentLaunchd()).rejects.toMatchObject({ code: 'UNSUPPORTED_PLATFORM' });
      await rig.client.deleteProfile({ params: { id } });
    });
  }
});

describe('models', () => {
  test('a search asks the hub once, however many results there are', async () => {
    const before = hub.requests.length;
    const [model] = await rig.client.searchModels();
    expect(model).toMatchObject({ modelId: 'org/one', isDownloaded: false });
    expect(hub.requests.length - before).toBe(1);
  });

  test('detail of a model names its files and the memory it would need', async () => {
    const detail = await rig.client.getModel({ params: { modelId: 'org/one' } });
    expect(detail).toMatchObject({ origin: 'hub', characteristics: { architecture: 'Qwen' } });
    expect(detail.files.map((file) => file.path).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(detail.memory?.totalBytes).toBeGreaterThan(0);
  });

  test('what is missing or odd is told by its code', async () => {
    const { client } = rig;
    await expect(client.getModel({ params: { modelId: 'org/none' } })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(client.getModel({ params: { modelId: '../x' } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(client.deleteModel({ params: { modelId: 'org/one' } })).rejects.toMatchObject({ code: 'MODEL_NOT_LOCAL' });
    await expect(client.getDownload({ params: { taskId: 'none' } })).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_FOUND' });
    await expect(client.watchDownload('none').next()).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_FOUND' });
    await expect(client.searchModels({ query: { cursor: 'x' } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(client.searchModels({ query: { limit: 0 } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test('a profile whose model is not downloaded may be made; starting it offers the download', async () => {
    const { client } = rig;
    const { id } = await client.createProfile({ body: { name: 'Not here', modelPath: 'org/one' } });
    await expect(client.startServer({ params: { profileId: id } })).rejects.toMatchObject({
      code: 'MODEL_NOT_DOWNLOADED',
      action: expect.stringContaining('mlx-manager pull org/one'),
    });
    await expect(client.getServer({ params: { profileId: id } })).rejects.toMatchObject({ code: 'SERVER_NOT_RUNNING' });
    await expect(client.stopServer({ params: { profileId: id } })).rejects.toMatchObject({ code: 'SERVER_NOT_RUNNING' });
    await client.deleteProfile({ params: { id } });
    await expect(client.startServer({ params: { profileId: id } })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  });
});

describe('/v1', () => {
  test('lists profiles as models, and says near names for an unknown one', async () => {
    const { id } = await rig.client.createProfile({
      body: { name: 'Coding', modelPath: 'org/one', contextLength: 4096, aliases: ['code'] },
    });
    const list = (await (await get('/v1/models')).json()) as { data: unknown[] };
    expect(z.parse(openaiModels, list).data).toEqual(list.data);
    const coding = {
      id: 'Coding',
      object: 'model',
      type: 'model',
      display_name: 'Coding',
      owned_by: 'mlx-manager',
      profile_id: id,
      aliases: ['code'],
      model: 'org/one',
      model_type: 'lm',
      state: 'not_downloaded',
      server_state: 'stopped',
      context_window: 4096,
      characteristics: null,
    };
    expect(list.data).toEqual([expect.objectContaining(coding)]);
    expect(await (await get('/v1/models/code')).json()).toMatchObject({ id: 'Coding' });
    expect(await (await get('/v1/models/org%2Fone')).json()).toMatchObject({ id: 'Coding' });
    const unknown = await get('/v1/models/Codng');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: expect.objectContaining({ code: 'model_not_found', message: expect.stringContaining('"Coding"') }) },
    ]);
    const missing = await fetch(`${rig.agent.address}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'Coding', messages: [{ role: 'user', content: 'x' }] }),
    });
    expect([missing.status, await missing.json()]).toEqual([
      404,
      {
        error: expect.objectContaining({ code: 'model_not_here', message: expect.stringContaining('mlx-manager pull org/one') }),
      },
    ]);
    await rig.client.deleteProfile({ params: { id } });
  });

  test.each([[{}], [{ model: 'x' }], [{ model: 'x', messages: [] }], [{ model: 1, messages: [{ role: 'user' }] }]])(
    'a request like %j is refused in OpenAI’s shape',
    async (body) => {
      const answer = await fetch(`${rig.agent.address}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([answer.status, await answer.json()]).toEqual([400, { error: expect.objectContaining({ type: 'invalid_request_error' }) }]);
    },
  );
});

describe('the client', () => {
  test('tells an address where nothing, or something else, answers', async () => {
    await expect(createClient({ fetch, baseUrl: 'http://127.0.0.1:1' }).health()).rejects.toMatchObject({
      code: 'AGENT_NOT_RUNNING',
      action: expect.stringContaining('mlx-manager start'),
    });
    await expect(createClient({ fetch, baseUrl: hub.url }).health()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    expect(new AgentError('AGENT_NOT_RUNNING', { address: 'x' }).message).toBe('The agent does not answer at x.');
  });
});
