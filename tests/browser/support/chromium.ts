/** A Chromium: the one that CHROMIUM names, the machine's own, else on Linux the one inside `@sparticuz/chromium`. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

async function find(): Promise<{ file: string; args: string[] }> {
  const named = process.env.CHROMIUM;
  if (named) return { file: named, args: [] };
  const known = KNOWN.find((file) => existsSync(file));
  if (known !== undefined) return { file: known, args: [] };
  const { default: packed } = await import('@sparticuz/chromium');
  return { file: await packed.executablePath(), args: packed.args };
}

/** Starts it, without a window. */
export async function launchChromium(): Promise<Browser> {
  const { file, args } = await find();
  // In a container there is often no sandbox of the kernel's and little shared memory.
  return chromium.launch({ executablePath: file, args: [...args, '--no-sandbox', '--disable-dev-shm-usage'], headless: true });
}
