/** The picture of a page: made in a worker, and a page is never held up or broken by one that cannot be made. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../core/index.js';
import { PageDrawing, type PageDrawingOptions } from './page-drawing.js';

const BUILT = '</head><body><div id="root"></div></body>';
const LONG_MS = 20_000;

let folder: string;
let drawing: PageDrawing;
const warned: unknown[] = [];
const begin = (options: Partial<PageDrawingOptions> = {}): void => {
  const log = Object.assign(silentLogger(), { warn: (what: unknown) => void warned.push(what) });
  drawing = new PageDrawing({ folder, log, patienceMs: LONG_MS, ...options });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-drawing-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  mkdirSync(join(folder, 'server'));
  warned.length = 0;
  begin();
});
afterEach(() => {
  drawing.end();
  rmSync(folder, { recursive: true });
});

/** Puts a script in the place of the page's own. @param body what it does with `id` and `of`; `send` answers. */
const script = (name: string, body: string, before = ''): void =>
  writeFileSync(
    join(folder, 'server', name),
    `import { parentPort, threadId } from 'node:worker_threads';
     ${before}
     const send = (picture) => parentPort.postMessage(picture);
     parentPort.on('message', ({ id, of }) => { ${body} });`,
  );
const page = (path = '/servers') => drawing.into(BUILT, { path, origin: 'http://127.0.0.1:1', answers: { '/api/x': { body: '[]' } } });

test('the picture stands before the page’s place, and cannot be used', async () => {
  script('draw-1.js', 'send({ id, html: `<p>$& of ${of.path}, ${Object.keys(of.answers)}</p>` })');
  expect(await page()).toBe('</head><body><div id="picture" inert><p>$& of /servers, /api/x</p></div><div id="root"></div></body>');
  expect(warned).toEqual([]);
});

test('one that cannot be drawn is told, and the page comes without', async () => {
  script('draw-1.js', 'send(of.path === "/bad" ? { id, html: "", problem: "no window" } : { id, html: "good" })');
  expect(await page('/bad')).toBe(BUILT);
  expect(warned).toEqual([{ problem: 'no window' }]);
  expect(await page()).toContain('good');
});

test('one that takes too long is not waited for', async () => {
  begin({ patienceMs: 20 });
  script('draw-1.js', 'if (of.path === "/servers") send({ id, html: "good" })');
  expect(await page('/never')).toBe(BUILT);
});

test.each([
  ['that cannot be read', 'import nothing from "./nothing.js";', ''],
  ['that ends in the middle', '', 'process.exit(3)'],
  ['that throws', '', 'throw new Error("broken")'],
])('a script %s breaks nothing, and is begun anew', async (_name, before, body) => {
  script('draw-1.js', body, before);
  expect(await page()).toBe(BUILT);
  script('draw-1.js', 'send({ id, html: "good" })');
  expect(await page()).toContain('good');
});

test('patience with the beginning of a worker is not patience with a picture: one that was made ready long ago has it anew', async () => {
  const patienceMs = 2_000;
  begin({ patienceMs });
  const ready = join(folder, 'ready');
  const before = `import { writeFileSync } from 'node:fs'; parentPort.postMessage('draws'); writeFileSync(${JSON.stringify(ready)}, '');`;
  script('draw-1.js', 'setTimeout(() => send({ id, html: "good" }), 50)', before);
  const begunAt = performance.now();
  drawing.warm();
  while (!existsSync(ready) || performance.now() - begunAt < patienceMs + 50) await new Promise((wake) => setTimeout(wake, 10));
  expect(await page()).toContain('good');
});

test('without a page for a while the worker ends; the next page begins another', async () => {
  const thread = 'send({ id, html: String(threadId) })';
  script('draw-1.js', thread);
  const first = await page();
  expect(await page()).toBe(first);
  drawing.end();
  begin({ idleMs: 5 });
  const second = await page();
  for (let tries = 0; (await page()) === second; tries++) {
    expect(tries).toBeLessThan(1000);
    await new Promise((wake) => setTimeout(wake, 10));
  }
});

test('a page that is built anew is drawn by its own script', async () => {
  script('draw-1.js', 'send({ id, html: "old" })');
  expect(await page()).toContain('old');
  script('draw-2.js', 'send({ id, html: "new" })');
  renameSync(join(folder, 'server', 'draw-1.js'), join(folder, 'server', 'gone.js'));
  expect(await page()).toContain('new');
});

test('a page that is built without one comes without', async () => {
  rmSync(join(folder, 'server'), { recursive: true });
  expect(await page()).toBe(BUILT);
  expect(warned).toEqual([]);
});

test('nothing is begun after the end', async () => {
  script('draw-1.js', 'send({ id, html: "good" })');
  drawing.end();
  expect(await page()).toBe(BUILT);
});
