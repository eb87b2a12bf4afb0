/** How a user gets to the window: what `start` says, and `open` with and without a browser. From the bundle, as they run it. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fetch from 'node-fetch';
import { SESSION_COOKIE } from '@mlx-manager/shared';
import { agentEnv, newFolder } from '../support/agent.js';
import { ensureBuilt, runCli, startAgentProcess, type AgentProcess } from '../support/cli.js';

let folder: string;
let env: Record<string, string>;
let agent: AgentProcess;
beforeAll(async () => {
  await ensureBuilt();
  folder = newFolder();
  env = agentEnv(folder);
  agent = await startAgentProcess(env, '--headless', '--no-starter');
}, 120_000);
afterAll(async () => {
  await agent.terminate();
  await rm(folder, { recursive: true, force: true });
});

/** The system's opener, which writes down what it is to open, and ends as told. */
function opener(code: number): { env: Record<string, string>; opened(): string } {
  const bin = join(folder, `bin-${code}`);
  const file = join(bin, 'opened.txt');
  mkdirSync(bin);
  for (const name of ['open', 'xdg-open']) {
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf %s "$1" > '${file}'\nexit ${code}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { env: { ...env, PATH: `${bin}:${env.PATH}` }, opened: () => readFileSync(file, 'utf8') };
}

/** The cookie that a link gives, and what the page gets with it. */
async function follow(link: string): Promise<{ status: number; data: number }> {
  const answer = await fetch(link);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const data = await fetch(`${agent.address}/api/agent`, { headers: { cookie } });
  return { status: answer.status, data: cookie.startsWith(`${SESSION_COOKIE}=`) ? data.status : 0 };
}

test('start, without the menu bar, says where the window is', async () => {
  expect(agent.output()).toContain(`MLX Manager is ready at ${agent.address}`);
  while (!agent.output().includes(`The window: ${agent.address}/`)) await new Promise((wake) => setTimeout(wake, 20));
});

test('open opens a link in the browser that signs it in, once', async () => {
  const browser = opener(0);
  expect(await runCli(browser.env, 'open')).toMatchObject({ code: 0, stdout: '' });
  expect(browser.opened()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\?code=[\w-]+$/);
  expect(await follow(browser.opened())).toEqual({ status: 200, data: 200 });
  expect((await follow(browser.opened())).data).not.toBe(200);
});

test('where no browser can be opened the link is printed; --print asks none', async () => {
  const browser = opener(3);
  const told = await runCli(browser.env, 'open', 'chat');
  expect(told.code).toBe(0);
  expect(told.stderr).toContain('No browser could be opened');
  expect(told.stdout).toMatch(/\/open\?code=[\w-]+&to=\/chat$/);
  const { stdout } = await runCli(env, 'open', '--print');
  expect(await follow(stdout)).toEqual({ status: 200, data: 200 });
});
