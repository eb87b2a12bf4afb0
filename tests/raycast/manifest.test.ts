/**
 * The manifest and the files beside it against the store's rules: https://developers.raycast.com/basics/prepare-an-extension-for-store and
 * https://developers.raycast.com/information/manifest. What `ray lint` checks itself is in `npm test` too; here is what reviewers check by hand.
 */
import Ajv from 'ajv';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildExtension, filesBelow, importsOf } from '../../scripts/extension.mjs';
import { extensionFolder, manifest, preferences, read, repository, sources, type Manifest } from './support/extension.js';
import { readPng } from './support/png.js';

const load = createRequire(join(extensionFolder, 'package.json'));
const { titleCase } = load(join(extensionFolder, 'node_modules/@raycast/eslint-plugin/dist/title-case.js')) as {
  titleCase: (text: string) => string;
};
const { commands } = manifest;
const tools = manifest.tools ?? [];

test('is what the schema of manifests allows', () => {
  expect(problems(manifest)).toEqual([]);
});

describe('the schema is a check: a slip is refused', () => {
  type Break = (copy: Manifest & Record<string, unknown>) => void;
  const command = (copy: Manifest) => copy.commands[0] as unknown as Record<string, unknown>;
  const slips: [string, Break][] = [
    ['no author', (copy) => Reflect.deleteProperty(copy, 'author')],
    ['another licence', (copy) => (copy.license = 'Apache-2.0')],
    ['a category that is none', (copy) => (copy.categories = ['developer tools'])],
    ['a platform in lower case', (copy) => (copy.platforms = ['macos'])],
    ['no commands', (copy) => (copy.commands = [])],
    ['a mode that is none', (copy) => (command(copy)['mode'] = 'window')],
    ['a key with a slip', (copy) => (command(copy)['subTitle'] = 'MLX Manager')],
    ['a description of one word', (copy) => (command(copy)['description'] = 'Downloads')],
    ['two spaces in a title', (copy) => (command(copy)['title'] = 'Show  Downloads')],
    ['an interval in words', (copy) => Object.assign(command(copy), { mode: 'no-view', interval: '5 minutes' })],
    ['an interval of a view', (copy) => Object.assign(command(copy), { mode: 'view', interval: '5m' })],
    [
      'four arguments',
      (copy) => (command(copy)['arguments'] = [1, 2, 3, 4].map((n) => ({ name: `arg${n}`, type: 'text', placeholder: 'Text' }))),
    ],
    ['a dropdown without choices', (copy) => (command(copy)['arguments'] = [{ name: 'model', type: 'dropdown', placeholder: 'Model' }])],
    [
      'a checkbox without label',
      (copy) => (copy.preferences = [{ name: 'flag', type: 'checkbox', description: 'Turns it on.', required: false }]),
    ],
    [
      'a preference without title',
      (copy) => (copy.preferences = [{ name: 'text', type: 'textfield', description: 'Some text.', required: false }]),
    ],
    ['a tool without description', (copy) => (copy.tools = [{ name: 'find', title: 'Find Model' } as never])],
    ['no @raycast/api', (copy) => (copy.dependencies = {})],
  ];
  test.each(slips)('%s', (_, slip) => {
    const copy = structuredClone(manifest) as Manifest & Record<string, unknown>;
    slip(copy);
    expect(problems(copy)).not.toEqual([]);
  });
});

test('says whose it is, where it runs, where it belongs', () => {
  expect(manifest).toMatchObject({ author: 'mlx-manager', license: 'MIT', platforms: ['macOS'], title: 'MLX Manager' });
  expect(manifest.categories.length).toBeGreaterThan(0);
  expect(manifest.$schema).toBe('https://www.raycast.com/schemas/extension.json');
  expect(readFileSync(join(extensionFolder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(repository, 'LICENSE'), 'utf8'));
});

test('titles are in Title Case and carry no article', () => {
  const titles = [manifest, ...commands, ...tools].map((entry) => entry.title);
  titles.push(...preferences.map((preference) => preference.title ?? '').filter(Boolean));
  expect(titles.filter((title) => titleCase(title) !== title)).toEqual([]);
  expect(titles.filter((title) => /\b(a|an|the)\b/i.test(title))).toEqual([]);
});

/** A new verb is added here, once it reads well in Raycast's root search. */
const VERBS =
  'Add Ask Change Chat Connect Continue Copy Create Delete Download Edit Explain Find Fix Get Install List Load Manage Open Pull Restart Rewrite Run Search Show Start Stop Summarize Translate Unload Use View';
/** Commands that are a thing rather than a deed; the guide allows `<noun>`. */
const NOUNS = ['Quick Chat', 'Menu Bar', 'Model Status'];

test('commands and tools are <Verb> <Noun>, with the product as subtitle', () => {
  const verbs = new Set(VERBS.split(' '));
  const odd = [...commands, ...tools]
    .map((entry) => entry.title)
    .filter((title) => !verbs.has(title.split(' ')[0]!) && !NOUNS.includes(title));
  expect(odd).toEqual([]);
  for (const command of commands) expect([command.name, command.subtitle]).toEqual([command.name, 'MLX Manager']);
});

test('names are unique, descriptions are sentences', () => {
  for (const names of [commands, tools].map((entries) => entries.map(({ name }) => name))) expect(new Set(names).size).toBe(names.length);
  const texts = [manifest, ...commands, ...tools, ...preferences].map(({ description }) => description);
  expect(texts.filter((text) => !/^[A-Z].*[.?]$/s.test(text))).toEqual([]);
});

test('preferences say what they are, and what may be typed', () => {
  for (const preference of preferences) {
    if (preference.type === 'checkbox') expect(preference.label).toBeTruthy();
    else expect(preference.title).toBeTruthy();
    if (preference.type === 'textfield' || preference.type === 'password')
      expect([preference.name, preference.placeholder]).not.toContain(undefined);
    if (preference.type === 'dropdown') expect(preference.data!.map(({ value }) => value)).toContain(preference.default);
    // Nothing has to be set before a command opens: the extension finds the agent by itself.
    expect([preference.name, preference.required]).toEqual([preference.name, false]);
  }
});

test('arguments and intervals keep their limits', () => {
  for (const command of commands) {
    const list = command.arguments ?? [];
    expect(list.length).toBeLessThanOrEqual(3);
    // Raycast asks for the arguments in order; a required one behind an optional one could not be skipped to.
    const firstOptional = list.findIndex((argument) => !argument.required);
    if (firstOptional >= 0) expect(list.slice(firstOptional).every((argument) => !argument.required)).toBe(true);
    if (command.interval !== undefined) {
      expect(['no-view', 'menu-bar']).toContain(command.mode);
      const [, amount, unit] = /^(\d+)([smhd])$/.exec(command.interval)!;
      expect(Number(amount) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd']).toBeGreaterThanOrEqual(10);
    }
  }
});

test('every command and tool has its source, and every source its command or tool', () => {
  const below = (folder: string) =>
    sources
      .filter((file) => new RegExp(`^${folder}/[^/]+$`).test(file))
      .map((file) => file.slice(folder.length + 1).replace(/\.tsx?$/, ''));
  expect(below('src').sort()).toEqual(commands.map(({ name }) => name).sort());
  expect(below('src/tools').sort()).toEqual(tools.map(({ name }) => name).sort());
  for (const name of [...commands.map((command) => `src/${command.name}`), ...tools.map((tool) => `src/tools/${tool.name}`)]) {
    const file = sources.find((one) => one.replace(/\.tsx?$/, '') === name)!;
    expect([file, /export default /.test(read(file))]).toEqual([file, true]);
  }
});

test('evals name only tools there are, and address the extension', () => {
  const names = new Set(tools.map(({ name }) => name));
  const evals = manifest.ai?.evals ?? [];
  if (tools.length > 0) expect(evals.length).toBeGreaterThan(0);
  for (const one of evals) {
    expect(one.input).toContain(`@${manifest.name}`);
    const called = (one.expected ?? [])
      .map(({ callsTool }) => (typeof callsTool === 'object' ? callsTool.name : callsTool))
      .filter((name) => name !== undefined);
    for (const name of [...Object.keys(one.mocks ?? {}), ...called]) expect(names).toContain(name);
  }
});

test('the icon is the product’s own, 512 × 512, and nothing unused lies in assets', () => {
  for (const name of new Set([manifest.icon!, ...[...commands, ...tools].map(({ icon }) => icon).filter((icon) => icon !== undefined)])) {
    const file = join(extensionFolder, 'assets', name);
    expect(statSync(file).size).toBeLessThanOrEqual(100_000);
    expect(readPng(file)).toMatchObject({ width: 512, height: 512 });
  }
  const icon = readPng(join(extensionFolder, 'assets', manifest.icon!));
  const svg = readFileSync(join(repository, 'assets', 'icon.svg'), 'utf8');
  // The colours of assets/icon.svg where it has them: ground, dot, and nothing in the corner.
  expect(svg).toContain('fill="#1d1d26"');
  expect(icon.pixel(256, 40)).toBe('1d1d26ff');
  expect(svg).toContain('<circle cx="372" cy="164" r="24" fill="#3ddc84"/>');
  expect(icon.pixel(372, 164)).toBe('3ddc84ff');
  expect(icon.pixel(2, 2).slice(6)).toBe('00');
  const text = sources.map(read).join('\n') + read('package.json');
  const plain = (asset: string) => asset.replace(/@(dark|light)(?=\.\w+$)/, '');
  expect(filesBelow(join(extensionFolder, 'assets')).filter((asset: string) => !text.includes(plain(asset)))).toEqual([]);
});

test('the changelog is in the store’s form', () => {
  const lines = read('CHANGELOG.md').split('\n');
  expect(lines[0]).toBe('# MLX Manager Changelog');
  const heads = lines.filter((line) => line.startsWith('## '));
  expect(heads.length).toBeGreaterThan(0);
  expect(heads.filter((line) => !/^## \[[^\]]+\] - (\{PR_MERGE_DATE\}|\d{4}-\d{2}-\d{2})$/.test(line))).toEqual([]);
});

test('the README says how the agent is installed, and its pictures are there', () => {
  const text = read('README.md');
  expect(text).toMatch(/install/i);
  const pictures = [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+)/g)].map((match) => match[1]!);
  expect(pictures.filter((file) => !file.startsWith('media/') || !existsSync(join(extensionFolder, file)))).toEqual([]);
});

test('packages come by npm’s lock file, from npm’s own registry, in the versions of the manifest', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    lockfileVersion: number;
    packages: Record<string, Partial<Manifest> & { resolved?: string }>;
  };
  expect(lock.lockfileVersion).toBeGreaterThanOrEqual(2);
  expect(lock.packages['']).toMatchObject({ dependencies: manifest.dependencies, devDependencies: manifest.devDependencies });
  for (const one of Object.values(lock.packages)) if (one.resolved) expect(one.resolved).toMatch(/^https:\/\/registry\.npmjs\.org\//);
  for (const other of ['yarn.lock', 'pnpm-lock.yaml', 'npm-shrinkwrap.json']) expect(existsSync(join(extensionFolder, other))).toBe(false);
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('sources import what the manifest names and nothing of the repository but shared', () => {
  const known = new Set([...Object.keys(manifest.dependencies), 'react', '@mlx-manager/shared']);
  for (const file of sources) {
    for (const specifier of importsOf(read(file)) as string[]) {
      if (specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.'))
        expect([file, specifier, join(file, '..', specifier).startsWith('src/')]).toEqual([file, specifier, true]);
      else
        expect([...known]).toContain(
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        );
    }
  }
});

test('no keychain, no analytics, no binaries', () => {
  const forbidden =
    /keytar|find-generic-password|\/usr\/bin\/security|posthog|mixpanel|amplitude|@sentry|google-analytics|plausible|segment\.(io|com)/i;
  const text = read('package-lock.json') + sources.map(read).join('\n');
  expect(forbidden.exec(text)?.[0]).toBeUndefined();
  expect(filesBelow(join(extensionFolder, 'assets')).filter((file: string) => !/\.(png|svg|jpg|webp|md|json)$/.test(file))).toEqual([]);
});

test('each command and each tool is built, and nothing else', async () => {
  const { folder } = await buildExtension();
  const bundles: string[] = filesBelow(folder).filter((file: string) => file.endsWith('.js'));
  expect(bundles.sort()).toEqual([...commands.map(({ name }) => `${name}.js`), ...tools.map(({ name }) => `tools/${name}.js`)].sort());
}, 300_000);

/** As `ray lint` validates: Ajv with allErrors, `$schema` taken off. */
function problems(value: unknown): string[] {
  const { $schema: _, ...schema } = JSON.parse(readFileSync(join(repository, 'scripts/raycast/manifest.schema.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const check = new Ajv.default({ allErrors: true }).compile(schema);
  return check(value) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
