/** `npm run package:mac`, on a Mac: the app as dmg and zip in menubar-agent/dist/release. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builderConfig, canNotarize } from '../menubar-agent/packaging/builder.mjs';
import { root } from './setup.mjs';
import { stageApp } from './stage-app.mjs';

if (process.platform !== 'darwin') {
  process.stderr.write('✗ The app is packaged on a Mac: its tools (codesign, hdiutil) are there alone.\n');
  process.exit(1);
}
const agent = join(root, 'menubar-agent');
stageApp(join(agent, 'dist', 'package'));
const { version: electronVersion } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8'));
const notarize = canNotarize(process.env);
if (!notarize) process.stderr.write('• No credentials for notarising in the environment: the app is not notarised.\n');
const { build, Platform, Arch } = await import('electron-builder');
const files = await build({
  projectDir: agent,
  targets: Platform.MAC.createTarget(['dmg', 'zip'], Arch.universal),
  config: builderConfig({ electronVersion, notarize }),
  publish: 'never',
});
for (const file of files) process.stdout.write(`${file}\n`);
