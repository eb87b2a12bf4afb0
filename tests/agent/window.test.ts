/** The window as the agent serves it: who gets it, and under which policy. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fetch from 'node-fetch';
import { FIRST_DATA_ID, FIRST_REQUESTS, type FirstData } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { ensureBuilt } from '../support/cli.js';

let rig: Rig;
beforeAll(async () => {
  await ensureBuilt();
  rig = await startAgent();
});
afterAll(() => endRig(rig));
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(rig.agent.address + path, { headers, method, redirect: 'manual' });

test.each(['/', '/models', '/models/org%2Fname', '/chat/1', '/settings', '/welcome', '/dropdown'])(
  '%s is the page, under its policy, kept by nobody',
  async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain('<div id="root">');
    // A policy without inline scripts is worth nothing with one.
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect((await get(path, {}, 'HEAD')).status).toBe(200);
  },
);

test('an address that nothing has is the page for a browser, which says so, and an error for a program', async () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const page = await get('/no/such/page', browser);
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'; ");
  expect(await page.text()).toContain('<div id="root">');
  for (const [path, headers, method] of [
    ['/no/such/page', { accept: '*/*' }],
    ['/no/such/page', browser, 'POST'],
    ['/api/no/such/route', browser],
    ['/v1/no/such/route', browser],
    ['/assets/no-such-file.js', browser],
  ] as const) {
    const answer = await get(path, headers, method);
    expect([path, answer.status >= 401 && answer.status <= 404, answer.headers.get('content-type')]).toEqual([
      path,
      true,
      'application/json; charset=utf-8',
    ]);
  }
});

test('all that the page names is there, kept for good', async () => {
  const text = await (await get('/')).text();
  const names = [...text.matchAll(/(?<=[" ])(\/[\w./-]+)(?=[" ])/g)].map((match) => match[1]!);
  expect(names.filter((name) => name.startsWith('/assets/')).length).toBeGreaterThan(2);
  for (const name of names) {
    const answer = await get(name);
    expect([name, answer.status]).toEqual([name, 200]);
    expect(answer.headers.get('cache-control')).toBe(name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
  }
});

test('a page of elsewhere gets nothing, nor does a rebound name', async () => {
  expect((await get('/models', { host: 'evil.example' })).status).toBe(403);
  expect((await get('/models', { origin: 'http://evil.example' })).status).toBe(403);
  expect((await get('/assets/x.js', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
});

test('the data is for who is signed in', async () => {
  expect((await get('/api/servers')).status).toBe(401);
});

test('what a page asks first comes with it, for who is signed in alone', async () => {
  const hostile = '</script><script>alert(1)</script>';
  const { id } = await rig.client.createProfile({ body: { name: hostile, modelPath: 'org/one' } });
  const element = new RegExp(`<script type="application/json" id="${FIRST_DATA_ID}">([^<]*)</script>`);
  const { url } = await rig.client.createLink();
  const cookie = ((await fetch(url)).headers.get('set-cookie') ?? '').split(';')[0]!;
  for (const [path, page] of Object.entries({ '/': 'home', '/profiles/3': 'profiles', '/dropdown': 'dropdown' })) {
    expect(await (await get(path)).text()).not.toContain(FIRST_DATA_ID);
    let text = '';
    let found: FirstData | null = null;
    // On a busy machine the agent may not have the patience to add anything.
    for (let tries = 0; tries < 20 && Object.keys(found?.answers ?? {}).length === 0; tries++) {
      text = await (await get(path, { cookie })).text();
      found = JSON.parse(element.exec(text)?.[1] ?? 'null') as FirstData;
    }
    // What it holds is no script, and cannot end its element.
    expect(text.match(/<script(?![^>]*\bsrc=)/g)).toHaveLength(1);
    const { eventId, answers } = found!;
    expect(eventId).toMatch(/^[0-9a-f]{8}-\d+$/);
    expect(Object.keys(answers)).not.toEqual([]);
    expect(FIRST_REQUESTS[page]).toEqual(expect.arrayContaining(Object.keys(answers)));
    for (const [asked, { body }] of Object.entries(answers))
      expect([asked, Object.keys(JSON.parse(body) as object)]).toEqual([
        asked,
        Object.keys((await (await get(asked, { cookie })).json()) as object),
      ]);
    const profiles = answers['/api/profiles'];
    if (profiles) expect(JSON.parse(profiles.body)).toMatchObject([{ name: hostile }]);
  }
  await rig.client.deleteProfile({ params: { id } });
});

test('a page’s own scripts are named with the others, so that they are fetched with them', async () => {
  const text = await (await get('/profiles')).text();
  const scripts = (html: string): string[] =>
    (/ data-main="([^"]+)" data-scripts="([^"]+)"/.exec(html) ?? []).slice(1).join(' ').split(' ');
  expect(scripts(text)).toContainEqual(expect.stringMatching(/^\/assets\/profiles-[\w-]+\.js$/));
  expect(await (await get('/connect')).text()).not.toMatch(/\/assets\/profiles-/);
  for (const name of scripts(text)) expect([name, (await get(name)).status]).toEqual([name, 200]);
});

test('where the page is not built, a plain one says how to go on', async () => {
  const own = await startAgent({ pageFolder: join(mkdtempSync(join(tmpdir(), 'mlx-manager-no-page-')), 'none') });
  try {
    const page = async (headers: Record<string, string> = {}) => (await fetch(`${own.agent.address}/models`, { headers })).text();
    const { url } = await own.client.createLink();
    const cookie = ((await fetch(url)).headers.get('set-cookie') ?? '').split(';')[0]!;
    expect(await page({ cookie })).toContain('Nothing runs');
    expect(await page()).not.toContain('Nothing runs');
    expect(await page()).toContain('npx mlx-manager open');
  } finally {
    await endRig(own);
  }
});
