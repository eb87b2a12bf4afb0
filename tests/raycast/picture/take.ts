/** Takes the pictures of the extension's README: `npm run pictures`. Run by jest, which knows how to load the agent's and the host's sources. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchOptions, Screen } from '../host/index.js';
import { extensionFolder, manifest } from '../support/extension.js';
import { download, furnish } from './furnish.js';
import { FACTS } from './models.js';
import { pageOf } from './page.js';
import { openCamera, type Camera } from './shoot.js';
import { openStage, type Stage } from './stage.js';

jest.setTimeout(600_000);

const MEDIA = join(extensionFolder, 'media');
const CAPTION = 'Rendered by the project’s test host, not a photograph of Raycast. Models and figures are stand-ins.';

let stage: Stage;
let camera: Camera;
beforeAll(async () => {
  camera = await openCamera();
  stage = await openStage();
  await furnish(stage);
});
afterAll(async () => {
  await camera.close();
  await stage.end();
});

/** Launches a command, brings it to where it should be seen, and takes its picture. */
async function take(name: string, prepare: (screen: Screen) => Promise<unknown>, options: LaunchOptions = {}): Promise<void> {
  const screen = await stage.host.launch(name, options);
  try {
    await screen.until(() => !screen.view().isLoading, { what: 'it to have loaded' });
    await prepare(screen);
    await screen.settle();
    const command = manifest.commands.find((one) => one.name === name)?.title ?? name;
    const file = join(MEDIA, `${name}.png`);
    await camera.shoot(pageOf({ view: screen.view(), command, toast: undefined, caption: CAPTION, assets: stage.assets }), file);
    process.stdout.write(`${name}.png: ${(readFileSync(file).length / 1000).toFixed(0)} kB\n${screen.text()}\n\n`);
  } finally {
    await screen.close();
  }
}

const shows = (screen: Screen, text: string | RegExp): Promise<unknown> =>
  screen.until(() => (typeof text === 'string' ? screen.text().includes(text) : text.test(screen.text())), { what: String(text) });

test('Manage Profiles', () => take('manage-profiles', (screen) => shows(screen, / [MG]B/)));

test('Show Servers', () =>
  take('show-servers', async (screen) => {
    await screen.until(() => screen.view().detail?.metadata.some((one) => one.title === 'CPU' && one.text), { what: 'the CPU' });
  }));

test('Connect Client', () => take('connect-client', async (screen) => screen.select('codex')));

test('Search Chats', () =>
  take('search-chats', async (screen) => {
    await screen.select(screen.rows()[1]?.id ?? '');
    await shows(screen, '```python');
  }));

test('Quick Chat', () =>
  take(
    'quick-chat',
    async (screen) => {
      for (const question of ['What is MLX?', 'Write hello world in Python.']) {
        await screen.search(question);
        await screen.enter({ wait: false });
        await screen.until(() => screen.rows()[0]?.title === question && /tokens\/s/.test(screen.markdown()), { what: 'the answer' });
      }
    },
    { launchContext: { fresh: true } },
  ));

test('Search Models', async () => {
  await download(stage);
  await take('search-models', async (screen) => {
    await shows(screen, /\d+%/);
    await screen.select(screen.rows().find((row) => row.id.endsWith(FACTS))?.id ?? '');
  });
});
