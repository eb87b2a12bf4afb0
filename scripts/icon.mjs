/**
 * Draws assets/icon.svg as the PNG files that packages need: `node scripts/icon.mjs`. Run it after a change of the icon and commit the result.
 * It needs a Chromium: $CHROMIUM, or one of the usual names on the PATH.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { draw } from './draw.mjs';
import { root } from './setup.mjs';

const svg = readFileSync(join(root, 'assets', 'icon.svg'), 'utf8');
/** macOS's icons leave a margin: 824 of 1024 pixels (developer.apple.com/design/resources, the icon template). */
const withMargin = svg.replace('viewBox="0 0 512 512"', 'viewBox="-62 -62 636 636"');

draw([
  // Raycast's store wants 512 by 512 (https://developers.raycast.com/basics/prepare-an-extension-for-store#extension-icon).
  { svg, file: 'raycast-extension/assets/icon.png', size: 512 },
  // electron-builder makes the .icns of it.
  { svg: withMargin, file: 'menubar-agent/assets/icon.png', size: 1024 },
]);
