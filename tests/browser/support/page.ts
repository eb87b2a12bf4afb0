/** The built page in a Chromium, against a real agent. What the page says in its console as an error fails the test. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { PICTURE_ID } from '@mlx-manager/shared';
import type { Rig } from '../../support/agent.js';
import { launchChromium } from './chromium.js';

const root = resolve(import.meta.dirname, '../../..');
/** Pictures to look at. */
const SHOTS = process.env.MLX_MANAGER_SHOTS ?? join(root, '.cache/shots');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A page built elsewhere than in the dist folder, so that a test and a build do not meet. */
export const pageFolder = (): { pageFolder?: string } =>
  process.env.MLX_MANAGER_PAGE_DIR ? { pageFolder: process.env.MLX_MANAGER_PAGE_DIR } : {};

let axeSource: string | undefined;
let browser: Promise<Browser> | undefined;
const contexts = new Set<BrowserContext>();

/** One browser per test file; ended after its last test. */
export const theBrowser = (): Promise<Browser> => (browser ??= launchChromium());

afterEach(async () => {
  await Promise.all([...contexts].map((context) => context.close()));
  contexts.clear();
});
afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
});

export interface OpenOptions {
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Signed in by a one-time link; yes when left out. */
  signedIn?: boolean;
  reducedMotion?: boolean;
  /** Pixels of the screen for one of the page. */
  scale?: number;
  /** What the browser says that it is. */
  userAgent?: string;
  /** Scripts of the page run; yes when left out. Without them its first picture stays. */
  scripts?: boolean;
  /** Errors in the console that belong to the test, e.g. a request that is to fail. */
  expected?: RegExp;
  /** Requests beyond the agent's own are refused and fail the test; the clipboard is granted. */
  permissions?: string[];
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of the page so far: of its console, its scripts, its policy. A test that ends with some fails by `expectNoErrors`. */
  readonly errors: string[];
  /** Requests to the agent so far, `METHOD /path`. */
  readonly requests: string[];
  /** Fails when the page said an error, or asked anybody but the agent. */
  expectNoErrors(): void;
  /** Fails on any violation that axe finds, naming rule and elements. */
  axe(options?: { within?: string }): Promise<void>;
  /** A picture in `.cache/shots` (MLX_MANAGER_SHOTS). Answers its path. */
  shot(name: string): Promise<string>;
  /** Resolves when no request was made for as long, ms; streams do not count. */
  quiet(ms?: number): Promise<void>;
}

/** Opens an address of the page, signed in. @param rig the agent. @param path e.g. `/servers`. */
export async function openPage(rig: Pick<Rig, 'agent' | 'client'>, path: string, options: OpenOptions = {}): Promise<OpenPage> {
  const {
    theme = 'light',
    width = 1120,
    height = 720,
    signedIn = true,
    reducedMotion = true,
    scale = 1,
    scripts = true,
    expected,
  } = options;
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    ...(options.userAgent !== undefined && { userAgent: options.userAgent }),
    javaScriptEnabled: scripts,
    colorScheme: theme,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    permissions: options.permissions ?? ['clipboard-read', 'clipboard-write'],
  });
  contexts.add(context);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  if (scripts) useOnceDrawn(page);
  const errors: string[] = [];
  const requests: string[] = [];
  const { address } = rig.agent;
  page.on('console', (message) => {
    const text = `${message.text()} ${message.location().url}`.trim();
    if (message.type() === 'error' && expected?.test(text) !== true) errors.push(text);
  });
  page.on('pageerror', (error) => {
    if (expected?.test(error.message) !== true) errors.push(error.stack ?? error.message);
  });
  let lastRequest = Date.now();
  const open = new Set<Request>();
  const over = (request: Request): unknown => open.delete(request);
  page.on('requestfinished', over).on('requestfailed', over);
  page.on('request', (request) => {
    lastRequest = Date.now();
    if (request.headers().accept?.includes('text/event-stream') !== true) open.add(request);
    const url = request.url();
    if (url.startsWith(address)) requests.push(`${request.method()} ${url.slice(address.length)}`);
    else if (!/^(data|blob):/.test(url)) errors.push(`a request to ${url}`);
  });
  if (signedIn) {
    // The context's own requests share its cookies.
    const answer = await context.request.get((await rig.client.createLink()).url);
    if (!answer.ok()) throw new Error(`the one-time link answered ${answer.status()}`);
  }
  await page.goto(address + path);
  requests.length = 0;

  return {
    page,
    errors,
    requests,
    expectNoErrors: () => {
      if (errors.length > 0) throw new Error(`The page said:\n${errors.join('\n')}`);
    },
    async axe({ within } = {}) {
      // By the debugger's way in: the page's policy forbids a foreign script, and is to.
      await page.evaluate((axeSource ??= readFileSync(AXE, 'utf8')));
      const found = await page.evaluate(async (selector) => {
        const { axe } = globalThis as unknown as { axe: { run(context: unknown, options: unknown): Promise<{ violations: Violation[] }> } };
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        // A tooltip floats over the page by its nature: no landmark holds it.
        const context = { include: [selector ?? ':root'], exclude: ['[role="tooltip"]'] };
        const { violations } = await axe.run(context, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
        return violations.map(
          ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `   ${node.html}\n   ${node.failureSummary}`).join('\n')}`,
        );
      }, within ?? null);
      if (found.length > 0) throw new Error(`axe found on ${page.url()}:\n${found.join('\n')}`);
    },
    async shot(name) {
      mkdirSync(SHOTS, { recursive: true });
      const file = join(SHOTS, `${name}.png`);
      await page.screenshot({ path: file });
      return file;
    },
    async quiet(ms = 300) {
      for (let rest = ms; rest > 0 || open.size > 0; rest = lastRequest + ms - Date.now()) {
        await new Promise((wake) => setTimeout(wake, Math.max(20, rest)));
        // What the browser has told meanwhile is heard behind its answer to this.
        await page.evaluate(() => 0);
      }
    },
  };
}

/** Who types or clicks at once would do it to the first picture, which hears nothing, or to no page yet. Nobody is that quick; a test is. */
function useOnceDrawn(page: Page): void {
  const { goto, reload } = page;
  const drawn = () =>
    page.waitForFunction((picture) => {
      const root = document.getElementById('root');
      // A page of another kind has none.
      return root === null || (root.childElementCount > 0 && document.getElementById(picture) === null);
    }, PICTURE_ID);
  page.goto = async (...where) => {
    const answer = await goto.apply(page, where);
    await drawn();
    return answer;
  };
  page.reload = async (...how) => {
    const answer = await reload.apply(page, how);
    await drawn();
    return answer;
  };
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary: string }[];
}

/** Command on a Mac, Ctrl elsewhere: as the page takes it. */
export const MOD = process.platform === 'darwin' ? 'Meta' : 'Control';
