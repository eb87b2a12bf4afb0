/**
 * A stand-in for security(1) that keeps to what is known of it: `-i` reads lines of at most 4,096 bytes, splits them at spaces, honours double quotes with
 * `\` as escape; -U replaces; 44 for what is not there, 45 for what is there already, 2 for a usage error; `find … -w` writes the secret and a line break.
 * Sources: security(1); uwuclxdy/clauth pull request 21 and issue 76. Not yet verified on a Mac.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsFolder } from '../store/index.js';
import { createSecretVault, type SecretVault } from './index.js';

const STAND_IN = `
const fs = require('fs');
const [,, folder, ...args] = process.argv;
const file = folder + '/keychain.json';
const items = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
fs.appendFileSync(folder + '/argv.log', JSON.stringify(args) + '\\n');
if (fs.existsSync(folder + '/locked')) { console.error('security: SecKeychain: User interaction is not allowed. ' + args.join(' ')); process.exit(36); }
function run(words) {
  const [verb, ...rest] = words;
  const options = {};
  for (let i = 0; i < rest.length; i++) {
    if (rest[i] === '-U' || (rest[i] === '-w' && verb === 'find-generic-password')) options[rest[i]] = true;
    else if (['-s', '-a', '-l', '-w'].includes(rest[i])) options[rest[i]] = rest[++i];
    else return 2;
  }
  const id = options['-a'] === undefined ? Object.keys(items).find((one) => one.startsWith(options['-s'] + '|')) : options['-s'] + '|' + options['-a'];
  if (verb === 'add-generic-password') {
    if (id in items && !options['-U']) return 45;
    items[id] = options['-w'];
  } else if (!(id in items)) { console.error('security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.'); return 44; }
  else if (verb === 'find-generic-password') process.stdout.write(items[id] + '\\n');
  else if (verb === 'delete-generic-password') delete items[id];
  else { console.error('security: unknown command "' + verb + '"'); return 2; }
  fs.writeFileSync(file, JSON.stringify(items));
  return 0;
}
function split(line) {
  const words = []; let word = null; let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '\\\\') { word = (word ?? '') + line[++i]; }
    else if (c === '"') { quoted = !quoted; word ??= ''; }
    else if (c === ' ' && !quoted) { if (word !== null) words.push(word); word = null; }
    else word = (word ?? '') + c;
  }
  if (word !== null) words.push(word);
  return words;
}
let code = 0;
if (args[0] === '-i') {
  for (const line of fs.readFileSync(0, 'utf8').split('\\n')) {
    for (let from = 0; from < line.length; from += 4095) code = run(split(line.slice(from, from + 4095)));
  }
} else code = run(args);
process.exit(code);
`;

let folder: string;
let vault: SecretVault;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-keychain-'));
  writeFileSync(join(folder, 'stand-in.cjs'), STAND_IN);
  const program = join(folder, 'security');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${folder}/stand-in.cjs" "${folder}" "$@"\n`);
  chmodSync(program, 0o755);
  vault = open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const files = (): SecretsFolder => new SecretsFolder(join(folder, 'secrets'));
const open = (scope = '/Users/me/.mlx-manager'): SecretVault =>
  createSecretVault({ platform: 'darwin', files: files(), scope, security: join(folder, 'security') });
const argv = (): string => readFileSync(join(folder, 'argv.log'), 'utf8');

test.each([
  'sk-plain',
  'with spaces and "quotes" and \\back\\slashes\\',
  '"; delete-generic-password -s x; $(id) `id` #',
  String.raw`\" -w "other`,
  'x'.repeat(2048),
  '\\"'.repeat(900),
])('a secret comes back as it was, and stands in no argument list: %#', async (secret) => {
  expect(await vault.read('provider_1')).toBeNull();
  await vault.write('provider_1', 'an earlier one');
  await vault.write('provider_1', secret);
  expect(await vault.read('provider_1')).toBe(secret);
  expect(argv()).not.toContain(JSON.stringify(secret).slice(1, -1));
  expect(existsSync(join(folder, 'secrets'))).toBe(false);
  expect(Object.keys(JSON.parse(readFileSync(join(folder, 'keychain.json'), 'utf8')) as object)).toHaveLength(1);
  await vault.write('provider_1', null);
  expect(await vault.read('provider_1')).toBeNull();
  // What is gone already is no error.
  await vault.write('provider_1', null);
});

test('two state folders do not see each other’s secrets', async () => {
  await vault.write('a', 'one');
  const other = open('/Users/me/other');
  expect(await other.read('a')).toBeNull();
  await other.write('a', 'two');
  expect(await vault.read('a')).toBe('one');
  await vault.write('b', 'three');
  await vault.clear();
  expect([await vault.read('a'), await vault.read('b'), await other.read('a')]).toEqual([null, null, 'two']);
});

test('what the keychain could not give back is not taken: SECRET_STORE_FAILED', async () => {
  for (const secret of ['two\nlines', 'ünï', 'x'.repeat(4000), ''])
    await expect(vault.write('a', secret)).rejects.toMatchObject({ code: 'SECRET_STORE_FAILED' });
  expect(existsSync(join(folder, 'argv.log'))).toBe(false);
  await expect(vault.read('../x')).rejects.toThrow(/not a secret/);
});

test('a locked keychain is told, without the secret', async () => {
  writeFileSync(join(folder, 'locked'), '');
  await expect(vault.read('a')).rejects.toMatchObject({ code: 'SECRET_STORE_FAILED', message: expect.stringContaining('locked') });
  const error: unknown = await vault.write('a', 'sk-secret').catch((one: unknown) => one);
  expect(error).toMatchObject({
    code: 'SECRET_STORE_FAILED',
    message: 'The keychain could not keep a secret: it is locked, and nobody can be asked here.',
  });
  expect(JSON.stringify(error)).not.toContain('sk-secret');
  const missing = createSecretVault({ platform: 'darwin', files: files(), scope: 'x', security: join(folder, 'missing') });
  await expect(missing.read('a')).rejects.toMatchObject({
    code: 'SECRET_STORE_FAILED',
    message: expect.stringContaining('could not be run'),
  });
});

test.each([{ platform: 'linux' as const }, { platform: 'darwin' as const, useFiles: true }])(
  'elsewhere, or where it is wanted, a file of mode 0600: %j',
  async (options) => {
    const plain = createSecretVault({ ...options, files: files(), scope: 'x', security: join(folder, 'missing') });
    expect(plain.kind).toBe('file');
    expect(await plain.read('a')).toBeNull();
    await plain.write('a', 'one');
    expect(await plain.read('a')).toBe('one');
    expect(statSync(join(folder, 'secrets', 'a')).mode & 0o777).toBe(0o600);
    await plain.write('a', null);
    expect(await plain.read('a')).toBeNull();
  },
);
