/** What the API can do can be done in the window: each route of the contract is called by a page, by its own name or by the client's for it. */
import { routes } from '@mlx-manager/shared';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Routes that are reached otherwise than by their own call: by the client's call over them, by their address in a link, or by a wider route whose answer holds the same. */
const BY: Partial<Record<keyof typeof routes, string>> = {
  listChats: '.chatsPage',
  getRun: '.watchRun',
  createAttachment: '.uploadAttachment',
  engineProgress: '.watchInstall',
  getDownload: '.listDownloads',
  downloadProgress: '.listDownloads',
  getKey: '.listKeys',
  getProfile: '.listProfiles',
  getProvider: '.listProviders',
  getRule: '.listRules',
  getServer: '.listServers',
  serverLogs: '.followAllLogs',
  exportRequests: '/api/requests/export',
  getAttachment: '/api/attachments/',
  exportPrompts: '/api/prompts/export',
  // By the agent's own function, in the page.
  renderTemplate: 'renderTemplate(',
  health: '.agentStatus',
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(path) && !path.includes('.test.') ? [readFileSync(path, 'utf8')] : [];
  });
}

const pages = sources(import.meta.dirname).join('\n');

test('every route is called', () => {
  const missing = (Object.keys(routes) as (keyof typeof routes)[]).filter((name) => !pages.includes(BY[name] ?? `.${name}`));
  expect(missing).toEqual([]);
});

test('no other name stands for a route that is called by its own', () => {
  expect(Object.keys(BY).filter((name) => new RegExp(`\\.${name}\\(`).test(pages))).toEqual([]);
});
