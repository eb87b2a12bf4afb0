import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, createHost, type Host, type HostOptions } from './index.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const out = mkdtempSync(join(tmpdir(), 'host-fixtures-'));
let host: Host;
const start = (options: Partial<HostOptions> = {}): Host => (host = createHost({ folder: out, ...options }));

beforeAll(async () => {
  const names = ['rows.tsx', 'form.tsx', 'pages.tsx', 'faults.tsx', 'quiet.ts', 'bar.tsx', 'tools/double.ts'];
  const entries = Object.fromEntries(names.map((name) => [name.replace(/\.tsx?$/, ''), join(fixtures, name)]));
  await bundled(entries, out, join(fixtures, 'manifest.json'));
});
afterEach(() => host.close());
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('a list shows rows, detail, dropdown and the actions of the selected row', async () => {
  const screen = await start({ preferences: { flavour: 'sweet' } }).launch('rows', { arguments: { first: 'zero' } });
  await screen.until(() => screen.markdown().includes('visit 1'));
  expect(screen.text()).toBe(
    [
      '[list]',
      '🔍 Search rows   [All]',
      '— Letters (3)',
      '▸ zero  sweet all rows  · 1 GB · new · 1970-01-01T00:00:00.000Z · Pinned',
      '  beta  sweet all rows  · 1 GB · new · 1970-01-01T00:00:00.000Z · Pinned',
      '  gamma  sweet all rows  · 1 GB · new · 1970-01-01T00:00:00.000Z · Pinned',
      '  │ about zero, chosen zero, visit 1',
      '⌘K Start | Show | Copy to Clipboard (shift+cmd+c) | Open in Browser | Sampling…/Reset | Delete (ctrl+d)',
    ].join('\n'),
  );
});

test('searching filters by title, subtitle and keyword, and an empty list shows its empty view and that view’s actions', async () => {
  const screen = await start().launch('rows');
  await screen.search('third');
  expect(screen.rows().map((row) => row.title)).toEqual(['gamma']);
  expect(screen.view().selected?.id).toBe('gamma');
  await screen.search('nowhere');
  expect(screen.view().empty).toMatchObject({ title: 'Nothing', description: 'No such row' });
  expect(screen.actions().map((action) => action.title)).toEqual(['Help']);
});

test('an action changes its toast and its own state; the submenu’s action undoes it', async () => {
  const screen = await start().launch('rows');
  await screen.select('beta');
  await screen.press('Start');
  expect(host.toast).toMatchObject({ style: 'SUCCESS', title: 'Started beta' });
  expect(host.toast?.history).toEqual(['ANIMATED Starting…', 'SUCCESS Starting…', 'SUCCESS Started beta']);
  expect(screen.actions()[0]?.title).toBe('Stop');
  await host.pressToast('Undo');
  expect(host.toast).toBeUndefined();
  await screen.press('Sampling…/Reset');
  expect(screen.actions()[0]?.title).toBe('Start');
  await screen.key('shift+cmd+c');
  await screen.press('Open in Browser');
  expect([host.copied, host.opened, host.huds]).toEqual([['beta'], ['https://example.org/beta'], ['Copied to Clipboard']]);
});

test('an alert is answered by the test, and one nobody expects fails it', async () => {
  const screen = await start().launch('rows');
  await expect(screen.press('Delete')).rejects.toThrow('An alert nobody answers: "Delete alpha?"');
  screen.takeErrors();
  host.answer = false;
  await screen.press('Delete');
  expect(screen.row('alpha')).toBeDefined();
  host.answer = (alert) => alert.title === 'Delete alpha?';
  await screen.press('Delete');
  expect(screen.row('alpha')).toBeUndefined();
  expect(host.alerts.map((alert) => [alert.answer, alert.destructive])).toEqual([
    [false, true],
    [true, true],
  ]);
});

test('a pushed view has a state of its own and metadata; popping comes back, and once more closes the command', async () => {
  const screen = await start().launch('rows');
  await screen.press('Show');
  await screen.press('Count');
  await screen.pressTag('count');
  const view = screen.view();
  expect([view.depth, view.title, view.detail?.markdown]).toEqual([1, 'alpha', '# alpha 2']);
  expect(view.detail?.metadata.map((one) => [one.kind, one.title, one.text])).toEqual([
    ['label', 'Size', '4 GB'],
    ['separator', '', undefined],
    ['link', 'Page', 'Open'],
    ['tags', 'Tags', 'count'],
  ]);
  await screen.press('Deeper');
  expect(screen.markdown()).toBe('deep');
  await screen.back();
  await screen.press('Back');
  expect(screen.view().kind).toBe('list');
  await screen.back();
  await screen.until(() => screen.closed);
});

test('a second launch finds the cache and the stored dropdown; the dropdown tells its first value', async () => {
  const supportPath = mkdtempSync(join(tmpdir(), 'support-'));
  try {
    const first = await start({ supportPath }).launch('rows');
    await first.dropdown('Some');
    await first.until(() => first.rows()[0]?.subtitle === 'plain some rows');
    await host.close();
    const second = await start({ supportPath }).launch('rows');
    await second.until(() => second.rows()[0]?.subtitle === 'plain some rows');
    await second.until(() => second.markdown().includes('visit 2'));
  } finally {
    await host.close();
    rmSync(supportPath, { recursive: true, force: true });
    start();
  }
});

test('a form shows an error on blur, submits every value and closes by popToRoot', async () => {
  const screen = await start().launch('form');
  await screen.fill({ name: '', port: '9000' });
  expect(screen.field('name').error).toBe('The name is needed');
  await screen.press('Reset Port');
  await screen.fill({ name: 'mine', engine: 'vLLM', secret: 'pw', start: false, tags: ['a'], files: ['/tmp/x'] });
  expect(screen.field('name').error).toBeUndefined();
  expect(screen.text()).toContain('  Secret: ••');
  await screen.submit();
  await screen.until(() => screen.closed);
  expect(JSON.parse(host.huds[0]!)).toEqual({
    name: 'mine',
    port: '',
    engine: 'vllm',
    secret: 'pw',
    start: false,
    tags: ['a'],
    when: null,
    files: ['/tmp/x'],
  });
  const again = await host.launch('form', { draftValues: { name: 'draft' } });
  expect([again.field('name').value, again.field('secret').value, again.field('engine').value]).toEqual(['draft', 'pw', 'mlx']);
});

test('a grid loads pages, leaves filtering to the command, asks for dates and launches another command', async () => {
  const screen = await start().launch('pages');
  expect([await screen.scrollToEnd(), await screen.scrollToEnd(), await screen.scrollToEnd()]).toEqual([true, true, false]);
  await screen.search('x');
  expect(screen.rows().map((row) => row.title)).toEqual(['x0', 'x1', 'x2', 'x3', 'x4', 'x5']);
  await screen.press('Pick', { date: new Date(7) });
  expect(screen.rows()[0]?.title).toBe('70');
  host.machine.onLaunch = (launch) => host.run(launch.name, { arguments: launch.arguments as Record<string, string> });
  host.machine.selectedText = 'words';
  await screen.press('Run Quiet');
  expect(host.copied).toEqual(['hum words true']);
  const other = await host.launch('pages');
  expect(other.rows()[0]?.title).toBe('x0');
});

test('a no-view command runs in the environment it was given, and its failure is the test’s', async () => {
  start({ env: { EXTRA: '!' } });
  await host.run('quiet', { arguments: { what: 'hum' } });
  expect([host.copied, host.huds, host.machine.entries('subtitle')[0]?.subtitle]).toEqual([['hum nothing true'], ['Done'], 'done']);
  await expect(host.run('quiet', { arguments: { what: 'fail' } })).rejects.toThrow('quiet failure');
  await expect(host.run('quiet')).rejects.toThrow('asks for the argument "what"');
});

test('a menu loads, opens and acts', async () => {
  const menu = await start().menu('bar');
  expect([menu.title, menu.items().map((item) => [item.path, item.section, item.enabled])]).toEqual([
    '2',
    [
      ['one/Open', 'Servers', true],
      ['two/Open', 'Servers', true],
      ['Idle', undefined, false],
    ],
  ]);
  await expect(menu.press('Idle')).rejects.toThrow('grey');
  await menu.press('two/Open');
  const again = await host.menu('bar');
  await again.press('one/Open', { alternate: true });
  expect(host.opened).toEqual(['http://127.0.0.1/two', 'https://example.org/']);
});

test('a tool answers and says what it wants confirmed', async () => {
  const tool = start().tool('double');
  expect(await tool.confirmation?.({ value: 7 })).toBeUndefined();
  expect(await tool.confirmation?.({ value: 700 })).toMatchObject({ message: 'Double 700?' });
  expect(await tool({ value: 7 })).toEqual({ doubled: 14 });
});

test.each([
  ['effect', 'broken effect'],
  ['promise', 'broken promise'],
  ['render', 'broken render'],
  ['text', 'Raycast shows text only in props'],
  ['key', 'unique "key" prop'],
  ['throw', 'broken action'],
  ['oauth', 'has no OAuth of @raycast/api'],
])('a fault by %s reaches the test', async (title, message) => {
  const screen = await start().launch('faults');
  await expect(
    (async () => {
      await screen.press(title);
      await screen.until(() => false, { timeout: 500 });
    })(),
  ).rejects.toThrow(message);
  screen.takeErrors();
});

test('frames tell what each commit showed', async () => {
  const screen = await start().launch('rows', { snapshots: true });
  expect(screen.frames.length).toBeGreaterThan(1);
  expect(screen.frames.every((frame) => frame.rows === 3 && !frame.empty)).toBe(true);
  const before = screen.frames.length;
  await screen.search('nowhere');
  expect(screen.frames.slice(before).map((frame) => [frame.rows, frame.empty])).toEqual([[0, true]]);
  expect(screen.frames[0]?.text).toContain('none yet');
  const times = screen.frames.map((frame) => frame.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('a wait that comes to nothing shows the window', async () => {
  const screen = await start().launch('rows');
  await expect(screen.until(() => screen.row('omega'), { timeout: 30 })).rejects.toThrow(/Waited 30 ms[^]*▸ alpha/);
});
