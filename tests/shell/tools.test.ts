/** The tools of a Mac, as far as they decide something: what a recording leaves out, and what `npm start` starts. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const scripts = join(resolve(import.meta.dirname, '../..'), 'scripts');
const { redact } = (await import(join(scripts, 'redact.mjs'))) as { redact: (text: string, who: Record<string, string>) => string };
const { startsShell } = (await import(join(scripts, 'electron.mjs'))) as { startsShell: (args: string[], platform: string) => boolean };
const who = { user: 'ada', home: '/Users/ada', host: 'Adas-Mac.local', fullName: 'Ada L' };

test('nothing that tells whose Mac it was', () => {
  const text = `path = /Users/ada/Library/x.plist
adapter of ada, ada.x on Adas-Mac
"IOPlatformSerialNumber" = "C02XYZ123"
"serial-number" = <43303258>
uuid 564D0A1B-1111-2222-3333-444455556666 mac a1:b2:c3:d4:e5:f6 ada@example.org hf_abcdefghijkl`;
  expect(redact(text, who)).toBe(`path = /Users/someone/Library/x.plist
adapter of someone, someone.x on some-mac
"IOPlatformSerialNumber" = "REDACTED"
"serial-number" = "REDACTED"
uuid 00000000-0000-0000-0000-000000000000 mac 00:00:00:00:00:00 someone@example.com SECRET`);
  expect(redact('phys_footprint: 44040192 B', who)).toBe('phys_footprint: 44040192 B');
});

test('npm start means the menu bar on a Mac, unless the agent alone is asked for', () => {
  expect(startsShell([], 'darwin')).toBe(true);
  expect(startsShell(['--no-starter'], 'darwin')).toBe(true);
  for (const word of ['--headless', '--detach', '--help', '--unless-running']) expect(startsShell([word], 'darwin')).toBe(false);
  expect(startsShell([], 'linux')).toBe(false);
});

(process.platform === 'darwin' ? test.skip : test)('elsewhere than on a Mac its tools say so', () => {
  const run = (name: string): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [join(scripts, name)], { encoding: 'utf8' });
  for (const name of ['record-mac.mjs', 'package-mac.mjs']) {
    const { status, stderr } = run(name);
    expect(status).toBe(1);
    expect(stderr).toMatch(/on a Mac/);
  }
});
