/** Draws SVG as PNG by a Chromium: $CHROMIUM, or one of the usual names on the PATH. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crop } from './png.mjs';
import { root } from './setup.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
/** Chromium opens no smaller window; what is smaller is cut out of it. */
const LEAST = 500;

/**
 * @param {{ svg: string, file: string, size: number }[]} drawings `file` from the root of the project, `size` of both sides in pixels.
 */
export function draw(drawings) {
  const found = [process.env.CHROMIUM, ...NAMES].find((name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (!found) {
    process.stderr.write('No Chromium was found. Name one by the environment variable CHROMIUM.\n');
    process.exit(1);
  }
  const work = mkdtempSync(join(tmpdir(), 'mlx-icon-'));
  try {
    for (const drawing of drawings) drawOne(found, work, drawing);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function drawOne(chromium, work, { svg, file, size }) {
  const page = join(work, 'icon.html');
  const style = `html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}`;
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>${style}</style>${svg}`);
  const shot = join(work, 'icon.png');
  const window = Math.max(size, LEAST);
  const result = spawnSync(
    chromium,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--force-device-scale-factor=1',
      '--default-background-color=00000000',
      `--user-data-dir=${join(work, 'profile')}`,
      `--window-size=${window},${window}`,
      `--screenshot=${shot}`,
      `file://${page}`,
    ],
    { encoding: 'utf8', env: { ...process.env, HOME: work } },
  );
  if (result.status !== 0) throw new Error(`Chromium failed:\n${result.stderr}`);
  const png = crop(readFileSync(shot), size);
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (width !== size || height !== size) throw new Error(`Chromium drew ${width} × ${height}, not ${size} × ${size}.`);
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), png);
  process.stdout.write(`${file}: ${size} × ${size}, ${(png.length / 1000).toFixed(1)} kB\n`);
}
