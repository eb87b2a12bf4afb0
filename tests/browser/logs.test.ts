/** Logs, in a Chromium against a real agent: found, searched, followed, held, copied, exported, over thousands of lines and a restart. */
import { jest } from '@jest/globals';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { MOD, openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

const profile = async (name: string): Promise<number> => (await rig.client.createProfile({ body: { name, modelPath: 'org/model' } })).id;
const logFile = (id: number): string => join(rig.env.MLX_MANAGER_HOME ?? '', 'logs', `server-${id}.log`);
/** Writes to a server's log as its engine would. */
function write(id: number, lines: readonly string[]): void {
  mkdirSync(dirname(logFile(id)), { recursive: true });
  appendFileSync(logFile(id), lines.map((line) => `${line}\n`).join(''));
}
const stamp = (i: number): string => new Date(Date.UTC(2026, 10, 21, 13) + i * 10).toISOString();
const LEVEL_NAMES = ['INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'DEBUG', 'WARNING', 'ERROR'];
/** Lines as engines write them: of ten one is an error, one a warning, one for debugging; each 100th speaks of a needle. */
const engineLines = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, k) => {
    const i = from + k;
    return `${stamp(i)} ${LEVEL_NAMES[i % 10]} 127.0.0.1 "POST /v1/chat/completions HTTP/1.1" 200 request ${i}${i % 100 === 50 ? ' the Needle' : ''}`;
  });

/** Figures, for whoever reads the run. */
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const list = (page: Page) => page.getByRole('listbox', { name: 'Log lines' });
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search logs' });
const found = (page: Page, text: string) => page.locator('#log-search-state', { hasText: text });
const atEnd = (page: Page) => list(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 20);
const counted = (page: Page, text: string | RegExp) => page.locator('footer').getByText(text).waitFor();

/** Milliseconds from a change in the page until it shows, as the page's own clock tells. */
const timed = (page: Page, value: string, wanted: string): Promise<number> =>
  page.evaluate(
    ([text, said]) =>
      new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`never said ${said}`)), 20_000);
        const input = document.querySelector<HTMLInputElement>('[data-page-search]')!;
        const state = document.querySelector('#log-search-state')!;
        const began = performance.now();
        const watch = new MutationObserver(() => {
          if (!state.textContent.includes(said)) return;
          watch.disconnect();
          // Painted: behind the next frame.
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        });
        watch.observe(state, { childList: true, characterData: true, subtree: true });
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(input, text);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }),
    [value, wanted] as const,
  );

test('who reads while the history is on its way stays at the line, and finds what is in it', async () => {
  const one = await profile('Long');
  write(one, engineLines(1500));
  const { page, expectNoErrors } = await openPage(rig, '/connect');
  const history = Promise.withResolvers<null>();
  await page.route(
    ({ pathname, searchParams }) => pathname === '/api/logs' && searchParams.get('lines') === '10000',
    async (route) => {
      await history.promise;
      await route.continue();
    },
  );
  await page.getByRole('link', { name: 'Logs' }).click();
  await counted(page, '200 lines');
  await soon(() => atEnd(page)).toBe(true);
  await search(page).fill('request 1400');
  await found(page, '1 line').waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  const mark = list(page).locator('[data-current] mark');
  await mark.waitFor();
  const place = await mark.boundingBox();
  await search(page).fill('request');
  await page.getByText('Not following').waitFor();
  const line = list(page).getByRole('option').filter({ hasText: 'request 1400' });
  const before = await line.boundingBox();
  expect(Math.abs((place?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(4);
  history.resolve(null);
  await counted(page, '1501 lines');
  expect(Math.abs((before?.y ?? 0) - ((await line.boundingBox())?.y ?? 0))).toBeLessThan(4);
  await search(page).fill('request 50 ');
  await found(page, '1 line').waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await list(page)
    .getByText(/request 50 /)
    .waitFor();
  expectNoErrors();
});

test('by mouse: chosen, searched, filtered, copied, exported, cleared', async () => {
  const one = await profile('Coder');
  const two = await profile('A profile with a name so long that no column can show it whole');
  write(one, engineLines(300));
  write(two, [
    '2026-11-21T13:00:01.005Z INFO from the other one',
    'Traceback (most recent call last):',
    '  File "x.py", line 1',
    'ValueError: bad',
  ]);
  const { page, shot, expectNoErrors } = await openPage(rig, '/logs', { width: 1180, height: 800 });
  await list(page).waitFor();
  // All of them, by time: the agent's own lines are of today or later.
  await list(page).getByText('agent', { exact: true }).first().waitFor();
  await shot('logs-all');

  await page.getByRole('combobox', { name: 'Log' }).fill('coder');
  await page.getByRole('option', { name: /Coder/ }).click();
  await page.waitForURL(`**/logs?profile=${one}`);
  await counted(page, '300 lines');
  await soon(() => atEnd(page)).toBe(true);
  await page.getByRole('button', { name: 'Errors 30' }).waitFor();

  await search(page).fill('needle');
  await found(page, '3 lines').waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await found(page, '3 of 3 lines').waitFor();
  await list(page).locator('[data-current] mark', { hasText: 'Needle' }).waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await found(page, '1 of 3 lines').waitFor();
  await list(page)
    .getByText(/request 50 /)
    .waitFor();
  await shot('logs-search');
  await page.getByRole('button', { name: 'Only matches' }).click();
  await soon(() => list(page).getByRole('option').count()).toBe(3);
  await counted(page, '3 of 300 lines');
  await page.getByRole('button', { name: 'Only matches' }).click();
  await page.getByRole('button', { name: 'Clear search' }).click();

  for (const name of [/^Info/, /^Debug/, /^Warnings/]) await page.getByRole('button', { name }).click();
  await counted(page, '30 of 300 lines');
  const exported = async (what: string): Promise<string> => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: what }).click();
    return readFileSync(await (await coming).path(), 'utf8');
  };
  expect((await exported('Shown Lines (.log)')).trim().split('\n')).toHaveLength(30);
  const all = (await exported('All Lines (.jsonl)'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect([all.length, all[0]]).toEqual([300, expect.objectContaining({ level: 'info', source: 'Coder', profile_id: one, seq: 1 })]);
  await page.getByRole('button', { name: /^Errors/ }).click();
  await page.getByText('No line fits').waitFor();
  await page.getByRole('button', { name: 'Show All Lines' }).click();
  await counted(page, '300 lines');

  await list(page).focus();
  await page.keyboard.press('Home');
  const row = (name: string) => list(page).getByRole('option').filter({ hasText: name });
  await row('request 2').first().click();
  await row('request 4')
    .first()
    .click({ modifiers: ['Shift'] });
  await page.getByRole('button', { name: 'Copy 3 Lines' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n')).toHaveLength(3);
  expect(copied).toContain('[Coder]');

  await page.getByRole('button', { name: 'Clear the view' }).click();
  await page.getByText('No lines here').waitFor();
  write(one, ['2026-11-21T14:00:00.000Z INFO after the clearing']);
  await list(page).getByText('after the clearing').waitFor();
  await page.getByRole('button', { name: 'Clear the view' }).click();
  await page.getByRole('button', { name: 'Show Earlier Lines' }).click();
  await counted(page, '301 lines');
  await page.getByRole('button', { name: 'Copy the path' }).click();
  await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(logFile(one));

  await page.getByRole('combobox', { name: 'Log' }).fill('agent');
  await page.getByRole('option', { name: /The agent/ }).click();
  await list(page)
    .getByText(/^ready port=/)
    .waitFor();
  expectNoErrors();
});

test('by keyboard alone: opened from anywhere, searched, walked through, copied', async () => {
  const one = await profile('Coder');
  write(one, engineLines(300));
  const { page, expectNoErrors } = await openPage(rig, '/chat');
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await page.keyboard.press(`${MOD}+l`);
  await page.waitForURL('**/logs');
  await list(page).waitFor();
  await page.waitForFunction(() => document.activeElement?.matches('[data-page-search]') === true);
  await page.keyboard.type('needle');
  await found(page, '3 lines').waitFor();
  await page.keyboard.press('Enter');
  await found(page, '3 of 3').waitFor();
  await page.keyboard.press('Shift+Enter');
  await found(page, '2 of 3').waitFor();
  await list(page).locator('[data-current]', { hasText: 'request 150' }).waitFor();
  await page.keyboard.press('Escape');
  for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.getAttribute('role') === 'listbox')); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press(`${MOD}+c`);
  await page.getByText('2 lines copied').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n').map((line) => /request \d+/.exec(line)?.[0])).toEqual(['request 0', 'request 1']);
  await page.getByRole('button', { name: /Jump to Latest/ }).waitFor();
  await page.keyboard.press('End');
  await page.getByRole('button', { name: /Jump to Latest/ }).waitFor({ state: 'detached' });
  await page.waitForFunction(() => {
    const box = document.querySelector('[role=listbox]')!;
    return box.scrollHeight - box.scrollTop - box.clientHeight < 20;
  });
  // Here already: the search is focused, what is typed replaces what was there.
  await page.keyboard.press(`${MOD}+l`);
  await page.keyboard.type('request 77');
  await found(page, '1 line').waitFor();
  expectNoErrors();
});

test('follows; stays where one reads and tells what is new; pauses', async () => {
  const one = await profile('Coder');
  write(one, engineLines(300));
  const { page, shot, expectNoErrors } = await openPage(rig, `/logs?profile=${one}`);
  await counted(page, '300 lines');
  write(one, ['new line one']);
  await list(page).getByText('new line one').waitFor();
  await soon(() => atEnd(page)).toBe(true);
  await list(page).hover();
  await page.mouse.wheel(0, -1500);
  await page.getByText('Not following').waitFor();
  const top = () => list(page).evaluate((box) => box.scrollTop);
  await page.waitForFunction((before) => document.querySelector('[role=listbox]')!.scrollTop < before, (await top()) + 1);
  const before = await top();
  write(
    one,
    Array.from({ length: 12 }, (_, i) => `unseen ${i}`),
  );
  await page.getByRole('button', { name: 'Jump to Latest · 12 new' }).waitFor();
  await soon(() => top()).toBe(before);
  await shot('logs-held');
  await page.getByRole('button', { name: 'Jump to Latest · 12 new' }).click();
  await list(page).getByText('unseen 11').waitFor();
  await page.getByText('Following', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Pause' }).click();
  write(one, ['while paused']);
  await page.getByRole('button', { name: 'Jump to Latest · 1 new' }).waitFor();
  await soon(() => list(page).getByText('while paused').count()).toBe(0);
  await page.getByRole('button', { name: 'Resume' }).click();
  await list(page).getByText('while paused').waitFor();
  expectNoErrors();
});

test('regular expressions: bad ones are said, catastrophic ones end, the page goes on', async () => {
  const one = await profile('Coder');
  write(one, [...engineLines(300), `${'a'.repeat(60)}!`]);
  const { page, axe, shot, expectNoErrors } = await openPage(rig, `/logs?profile=${one}`);
  await counted(page, '301 lines');
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await search(page).fill('request (50|150) ');
  await found(page, '2 lines').waitFor();
  await page.getByRole('button', { name: 'Previous match' }).click();
  await list(page).locator('[data-current] mark', { hasText: 'request 150' }).waitFor();
  write(one, ['one more request 50 here']);
  // What comes is searched too.
  await page.getByRole('button', { name: 'Jump to Latest · 1 new' }).click();
  await found(page, 'of 3 lines').waitFor();
  await search(page).fill('request (');
  await page.getByText(/no regular expression/).waitFor();
  await axe();
  await shot('logs-bad-pattern');
  await search(page).fill('^(a+)+$');
  await page.getByText('This pattern takes too long').waitFor();
  await search(page).fill('request 7\\d ');
  await page.getByText('This pattern takes too long').waitFor({ state: 'detached' });
  expectNoErrors();
});

test('10,000 lines: searching and exporting are quick; scrolling blocks nothing for long', async () => {
  const one = await profile('Coder');
  write(one, engineLines(12_000));
  const { page, expectNoErrors } = await openPage(rig, `/logs?profile=${one}`);
  await counted(page, '10000 lines');
  await page.getByText(/Earlier lines are in/).waitFor();
  // Once, so that what runs is compiled.
  await timed(page, 'warm', '0 lines');
  const searches = [
    await timed(page, 'needle', '100 lines'),
    await timed(page, 'request 11', '1000 lines'),
    await timed(page, 'e', '10000 lines'),
  ];
  await page.getByRole('button', { name: 'Regular expression' }).click();
  const pattern = await timed(page, 'Need(le|ful)$', '100 lines');
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await search(page).fill('');

  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const item = page.getByRole('menuitem', { name: 'All Lines (.jsonl)' });
  await item.waitFor();
  const began = Date.now();
  await item.click();
  const path = await (await coming).path();
  const exporting = Date.now() - began;
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(10_000);

  const longest = await page.evaluate(async () => {
    let longest = 0;
    const watch = new PerformanceObserver((tasks) => {
      for (const { duration } of tasks.getEntries()) longest = Math.max(longest, duration);
    });
    watch.observe({ type: 'longtask' });
    const box = document.querySelector('[role=listbox]')!;
    for (let i = 0; i < 60; i++) {
      box.scrollTop = (box.scrollHeight * ((i * 7) % 60)) / 60;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }
    return longest;
  });
  print(
    `10,000 lines: search ${searches.map((ms) => ms.toFixed(0)).join(', ')} ms; pattern ${pattern.toFixed(0)} ms (120 ms of it wait for typing to end); export ${exporting} ms; longest task while scrolling ${longest.toFixed(0)} ms`,
  );
  expectNoErrors();
});

test('a burst of thousands a second does not freeze it; what leaves is counted; very long lines and tracebacks', async () => {
  const one = await profile('Coder');
  write(one, engineLines(10_000));
  const { page, shot, expectNoErrors } = await openPage(rig, `/logs?profile=${one}`);
  await counted(page, '10000 lines');
  await page.evaluate(() => {
    const seen = { longest: 0 };
    (globalThis as unknown as { seen: typeof seen }).seen = seen;
    new PerformanceObserver((tasks) => {
      for (const { duration } of tasks.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ type: 'longtask' });
  });
  for (let i = 0; i < 30; i++) {
    write(one, engineLines(500, 10_000 + i * 500));
    await new Promise((wake) => setTimeout(wake, 100));
  }
  await list(page).getByText('request 24999').waitFor({ timeout: 30_000 });
  await counted(page, '20000 lines');
  await page.getByText('5000 earlier lines left this view').waitFor();
  await soon(() => atEnd(page)).toBe(true);
  const { longest } = await page.evaluate(() => (globalThis as unknown as { seen: { longest: number } }).seen);
  print(`15,000 lines in 3 s: longest task ${longest.toFixed(0)} ms`);

  write(one, [
    `${stamp(0)} INFO ${'x'.repeat(100_000)}`,
    '\u001b[31m2026-11-21 13:00:00 ERROR red\u001b[0m',
    'Traceback (most recent call last):',
    '  File "a.py", line 1',
    'ValueError: the end',
  ]);
  await list(page).getByText('ValueError: the end').waitFor();
  await soon(() => list(page).getByText('ERROR red').textContent()).not.toContain('\u001b');
  await shot('logs-long');
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  await list(page).getByText('ValueError: the end').waitFor();
  await shot('logs-long-unwrapped');
  expectNoErrors();
});

test('over a restart of the agent lines go on, none twice', async () => {
  const one = await profile('Coder');
  write(one, engineLines(20));
  const { page, expectNoErrors } = await openPage(rig, `/logs?profile=${one}`, { expected: /ERR_|Failed to (load|fetch)|401/ });
  await counted(page, '20 lines');
  const port = Number(new URL(rig.agent.address).port);
  await rig.stop();
  await page.getByText('Reconnecting').waitFor({ timeout: 20_000 });
  write(one, ['while the agent was away']);
  rig = await startAgent({ ...pageFolder(), folder: rig.folder, port });
  // Sessions end with the agent: this browser is signed in anew.
  await page.context().request.get((await rig.client.createLink()).url);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await list(page).getByText('while the agent was away').waitFor({ timeout: 30_000 });
  await page.getByText('Following', { exact: true }).waitFor();
  await counted(page, '21 lines');
  expectNoErrors();
});

test('a profile without a log, one that is none, and links of other pages that name a profile', async () => {
  const one = await profile('Never ran');
  const { page, axe, expectNoErrors } = await openPage(rig, `/logs?profile=${one}`);
  await page.getByText('Never ran has no log yet').waitFor();
  await axe();
  // It runs for the first time: its log is there.
  write(one, ['the first line']);
  await page.getByRole('link', { name: 'Show All Logs' }).click();
  await list(page).waitFor();
  await page.goto(`${rig.agent.address}/logs?profile=999`);
  await page.getByText('There is no such profile').waitFor();
  await page.goto(`${rig.agent.address}/logs?source=agent`);
  await list(page)
    .getByText(/^ready port=/)
    .waitFor();

  const second = await profile('Second');
  await page.goto(`${rig.agent.address}/chat?profile=${second}`);
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[role=combobox][aria-label=Model]')?.value === 'Second');
  await page.goto(`${rig.agent.address}/connect?profile=${second}`);
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[role=combobox][aria-label=Profile]')?.value === 'Second');
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  const one = await profile('Coder');
  const two = await profile('A profile with a name so long that no column can show it whole');
  write(one, engineLines(60));
  write(two, [
    '2026-11-21T13:00:00.205Z WARNING low on memory',
    'Traceback (most recent call last):',
    '  File "x.py", line 1',
    'ValueError: bad',
  ]);
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/logs', { theme, width: 1180, height: 800 });
  await list(page).waitFor();
  await axe();
  await search(page).fill('needle');
  await page.keyboard.press('Enter');
  await found(page, '1 of 1 line').waitFor();
  await list(page).getByRole('option').first().click();
  await page.keyboard.press('Shift+ArrowDown');
  await axe();
  await shot(`logs-${theme}`);
  await page.setViewportSize({ width: 720, height: 600 });
  await axe();
  await shot(`logs-narrow-${theme}`);
  await page.getByRole('button', { name: /^Info/ }).click();
  await page.getByRole('button', { name: /^Debug/ }).click();
  await axe();
  await page.getByRole('button', { name: 'Clear the view' }).click();
  await page.getByText('No lines here').waitFor();
  await axe();
  expectNoErrors();
});
