/** Providers and routing rules over the API of a whole agent: kept over a restart, their keys nowhere but in their files. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { endRig, listen, startAgent, type Rig } from '../support/agent.js';
import { json, startProvider } from '../support/provider.js';

const KEY = 'sk-of-the-owner-0123456789abcdef';
let rig: Rig;
beforeEach(async () => {
  rig = await startAgent();
});
afterEach(() => endRig(rig));

/** Files of the state folder that hold a text. */
function filesWith(text: string): string[] {
  const home = join(rig.folder, 'state');
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(home, name)).isFile() && readFileSync(join(home, name), 'latin1').includes(text))
    .sort();
}

test('a provider is made, tried, used by a rule, and kept with its rules over a restart', async () => {
  const { client } = rig;
  const server = await startProvider(json(200, { data: [{ id: 'big' }] }));
  try {
    const ear = listen(client, ['provider', 'routing']);
    const provider = await client.createProvider({ body: { name: 'Cloud', protocol: 'openai', baseUrl: `${server.url}/v1`, key: KEY } });
    expect(provider).toMatchObject({ name: 'Cloud', keySet: true });
    expect(JSON.stringify(provider)).not.toContain(KEY);
    await ear.until((event) => event.type === 'provider.updated');
    expect(await client.testProvider({ params: { id: provider.id } })).toMatchObject({ ok: true, models: ['big'] });
    expect(server.asked[0]).toMatchObject({ path: '/v1/models', headers: { authorization: `Bearer ${KEY}` } });

    const target = { profileId: null, providerId: provider.id, model: 'big' };
    const rule = await client.createRule({
      body: {
        name: 'Long prompts',
        match: { ...everything, minTokens: 5000 },
        target,
        fallbacks: [],
        fallbackOn: ['failed'],
        enabled: true,
      },
    });
    await ear.until((event) => event.type === 'routing.updated');
    expect(JSON.stringify(ear.events)).not.toContain(KEY);
    await ear.stop();
    await expect(client.deleteProvider({ params: { id: provider.id } })).rejects.toMatchObject({ code: 'PROVIDER_IN_USE', status: 409 });
    // A failed test writes into the log.
    server.answer = json(401, { error: { message: `bad ${KEY.slice(0, 4)}` } });
    expect(await client.testProvider({ params: { id: provider.id } })).toMatchObject({ ok: false, status: 401 });

    await rig.stop();
    expect(filesWith(KEY)).toEqual([expect.stringMatching(/^secrets\/provider_[0-9a-f]{16}$/)]);
    const again = await startAgent({ folder: rig.folder });
    rig = again;
    expect(await again.client.listRules()).toEqual([rule]);
    expect(await again.client.listProviders()).toEqual([provider]);
    await again.client.deleteRule({ params: { id: rule.id } });
    await again.client.deleteProvider({ params: { id: provider.id } });
    expect(filesWith(KEY)).toEqual([]);
  } finally {
    await server.stop();
  }
});

test('routing is off until the owner turns it on; the tester says which rule would be taken, and why', async () => {
  const { client } = rig;
  const provider = await client.createProvider({ body: { name: 'Cloud', protocol: 'anthropic', baseUrl: 'https://api.example.com' } });
  const profile = await client.createProfile({ body: { name: 'Seer', modelPath: 'org/seer' } });
  const options = { enabled: true, fallbacks: [], fallbackOn: ['failed', 'full', 'no_fit'] as ('failed' | 'full' | 'no_fit')[] };
  const long = await client.createRule({
    body: {
      ...options,
      name: 'Long',
      match: { ...everything, minTokens: 1000 },
      target: { profileId: null, providerId: provider.id, model: 'claude-x' },
    },
  });
  const pictures = await client.createRule({
    body: {
      ...options,
      name: 'Pictures',
      match: { ...everything, capabilities: ['vision'] },
      target: { profileId: profile.id, providerId: null, model: null },
    },
  });
  const picture = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] }];

  // As a client that knows nothing of our schemas writes it.
  const test = async (body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${rig.agent.address}/api/routing/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.agent.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Record<string, unknown>;
  };
  const seen = await test({ model: 'x', messages: picture, temperature: 0.5, stream: true });
  expect(seen).toMatchObject({
    enabled: false,
    rule: { id: long.id, name: 'Long' },
    target: { kind: 'provider', provider_id: provider.id, name: 'Cloud', model: 'claude-x', profile_id: null },
    capabilities: ['vision'],
  });
  expect(seen.tokens).toBeGreaterThan(1000);

  await client.orderRules({ body: { ids: [pictures.id, long.id] } });
  await client.updateSettings({ body: { routingEnabled: true } });
  expect(await test({ model: 'x', messages: picture })).toMatchObject({
    enabled: true,
    rule: { name: 'Pictures' },
    target: { kind: 'profile', profile_id: profile.id, name: 'Seer' },
    why: [{ id: pictures.id, name: 'Pictures', matched: true }],
  });
  expect(
    await test({ model: 'x', tokens: 10, tools: [{}], response_format: { type: 'json_schema' }, capabilities: ['thinking'] }),
  ).toMatchObject({
    rule: null,
    target: { kind: 'model', model: 'x' },
    tokens: 10,
    capabilities: ['tools', 'json_schema', 'thinking'],
    why: [
      { matched: false, reason: 'The request does not need "vision".' },
      { matched: false, reason: 'The prompt has about 10 tokens, fewer than 1000.' },
    ],
  });

  // A rule whose profile goes says so and is passed over.
  await client.deleteProfile({ params: { id: profile.id } });
  expect(await client.getRule({ params: { id: pictures.id } })).toMatchObject({ problem: expect.stringContaining('deleted') });
  expect(await test({ model: 'x', messages: picture })).toMatchObject({ rule: { name: 'Long' } });
});

test('what is not valid is refused with a word', async () => {
  const { client } = rig;
  await expect(client.createProvider({ body: { name: 'X', protocol: 'openai', baseUrl: 'http://api.example.com' } })).rejects.toMatchObject(
    {
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('must be https'),
    },
  );
  await expect(client.getRule({ params: { id: 5 } })).rejects.toMatchObject({ code: 'ROUTING_RULE_NOT_FOUND' });
  await expect(client.getProvider({ params: { id: 5 } })).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
});

const everything = { models: [], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] };
