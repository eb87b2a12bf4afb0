/** A page as a PNG, by a Chromium of this machine. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { spawnSync } from 'node:child_process';
import { chromium } from 'playwright-core';

/** What Raycast asks of a picture for the store (https://developers.raycast.com/basics/prepare-an-extension-for-store#screenshots). */
export const SIZE = { width: 2000, height: 1250 } as const;
const SCALE = 2;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

export interface Camera {
  /** Draws a page that loads nothing and writes it as a PNG of SIZE. */
  shoot(html: string, file: string): Promise<void>;
  close(): Promise<void>;
}

/** @throws {Error} where there is no Chromium: name one by the environment variable CHROMIUM. */
export async function openCamera(): Promise<Camera> {
  const found = [process.env.CHROMIUM, ...NAMES].find((name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found === undefined || found === '') throw new Error('No Chromium was found. Name one by the environment variable CHROMIUM.');
  const which = found.startsWith('/') ? found : spawnSync('which', [found], { encoding: 'utf8' }).stdout.trim();
  const browser = await chromium.launch({ executablePath: which, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({
    viewport: { width: SIZE.width / SCALE, height: SIZE.height / SCALE },
    deviceScaleFactor: SCALE,
  });
  return {
    async shoot(html, file) {
      await page.setContent(html);
      mkdirSync(dirname(file), { recursive: true });
      await page.screenshot({ path: file });
    },
    close: () => browser.close(),
  };
}
