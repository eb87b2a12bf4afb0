/** The build that tests and `npm test` share: made once for a state of the sources, by whoever comes first. Tried on a small extension. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { buildExtension } from '../../scripts/extension.mjs';
import { extensionFolder, manifest, repository } from './support/extension.js';

let root: string;
const extension = (...names: string[]) => join(root, 'raycast-extension', ...names);
const out = () => join(root, '.cache', 'raycast');
const command = (text: string) =>
  writeFileSync(
    extension('src', 'hello-model.tsx'),
    `import { Detail } from "@raycast/api";\nimport { word } from "@mlx-manager/shared";\nexport default function Command() {\n  return <Detail markdown={word + ${text}} />;\n}\n`,
  );

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlx-build-'));
  for (const folder of ['raycast-extension/src', 'raycast-extension/assets', 'shared/src'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['tsconfig.json', 'package-lock.json', 'assets/icon.png']) cpSync(join(extensionFolder, name), extension(name));
  const commands = [{ name: 'hello-model', title: 'Hello Model', description: 'Says hello to a model.', mode: 'view' }];
  writeFileSync(
    extension('package.json'),
    JSON.stringify({ ...manifest, commands, tools: undefined, ai: undefined, preferences: undefined }),
  );
  symlinkSync(join(extensionFolder, 'node_modules'), extension('node_modules'));
  cpSync(join(repository, 'shared', 'package.json'), join(root, 'shared', 'package.json'));
  writeFileSync(join(root, 'shared', 'src', 'index.ts'), 'export const word = "hello";\n');
  command('"!"');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('two at once: one builds, the other takes it; a change is built anew; the sources are not written to', async () => {
  const before = readdirSync(extension()).sort();
  const [one, other] = await Promise.all([buildExtension({ root }), buildExtension({ root })]);
  expect(one.folder).toBe(other.folder);
  expect([one.cached, other.cached].sort()).toEqual([false, true]);
  expect(existsSync(join(one.folder, 'hello-model.js'))).toBe(true);
  expect(existsSync(join(one.folder, 'assets', 'icon.png'))).toBe(true);
  expect(readdirSync(extension()).sort()).toEqual(before);

  writeFileSync(join(root, 'shared', 'src', 'index.ts'), 'export const word = "good evening";\n');
  const next = await buildExtension({ root });
  expect(next).toMatchObject({ cached: false });
  expect(next.folder).not.toBe(one.folder);
  expect(readFileSync(join(next.folder, 'hello-model.js'), 'utf8')).toContain('good evening');
  // Nothing but the two builds is left.
  expect(readdirSync(out()).length).toBe(2);
}, 120_000);

test('a type error is told in ray’s words, and leaves nothing behind', async () => {
  command('word.length.missing');
  await expect(buildExtension({ root })).rejects.toThrow(/ray build failed:[^]*hello-model\.tsx.*missing/);
  expect(readdirSync(out())).toEqual([]);
}, 120_000);

test('the lock of a builder that was killed holds nobody up', async () => {
  const first = await buildExtension({ root });
  rmSync(first.folder, { recursive: true });
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  mkdirSync(`${first.folder}.lock`);
  writeFileSync(join(`${first.folder}.lock`, 'pid'), String(gone));
  expect(await buildExtension({ root })).toMatchObject({ cached: false, folder: first.folder });
  expect(readdirSync(out()).length).toBe(1);
}, 120_000);
