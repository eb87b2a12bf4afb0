/** What the API can do can be done in the window: each route of the contract is called by a page, by its own name or by the client's for it. */
import { routes, toCamelCase, type Route } from '@mlx-manager/shared';
import * as z from 'zod';
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

/** What needs no place in the window, and why. */
const NOT_HERE: Record<string, string> = {
  'importProfiles exportedAt': 'stands in the file that is read',
  // The three show that an ability is needed: the tester asks for the abilities themselves.
  'testRouting reasoningEffort': 'capabilities',
  'testRouting responseFormat': 'capabilities',
  'testRouting toolChoice': 'capabilities',
};
/** By which call the page asks a route with what one chose, where another one asks it too. */
const ASKED_BY: Partial<Record<keyof typeof routes, string>> = { listRequests: '.requestsPage', searchModels: '.searchPage' };

/** Part of the page (`pages/chat`, `lib`, …) → its sources. */
const parts = new Map<string, string>();
for (const path of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
  if (!/\.tsx?$/.test(path) || path.includes('.test.')) continue;
  const part = path
    .split('/')
    .slice(0, path.startsWith('pages/') ? 2 : 1)
    .join('/');
  parts.set(part, `${parts.get(part) ?? ''}\n${readFileSync(join(import.meta.dirname, path), 'utf8')}`);
}
const pages = [...parts.values()].join('\n');

test('every route is called', () => {
  const missing = (Object.keys(routes) as (keyof typeof routes)[]).filter((name) => !pages.includes(BY[name] ?? `.${name}`));
  expect(missing).toEqual([]);
});

test('no other name stands for a route that is called by its own', () => {
  expect(Object.keys(BY).filter((name) => new RegExp(`\\.${name}\\(`).test(pages))).toEqual([]);
});

/** What a route's query or body may hold, by its names in TypeScript. */
function keysOf(schema: z.ZodType | undefined): string[] {
  if (schema === undefined) return [];
  if (schema instanceof z.ZodCodec) return keysOf(schema.def.in as z.ZodType);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return keysOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.flatMap((one) => keysOf(one as z.ZodType)))];
  return schema instanceof z.ZodObject ? Object.keys(schema.shape).map(toCamelCase) : [];
}

test('what a route may be told can be told in the window', () => {
  const missing = (Object.keys(routes) as (keyof typeof routes)[]).flatMap((name) => {
    const call = ASKED_BY[name] ?? BY[name] ?? `.${name}`;
    const route: Route = routes[name];
    const near = [...parts].filter(([part, text]) => text.includes(call) || part === 'lib' || part === 'parts').map(([, text]) => text);
    const said = (key: string): boolean => near.some((text) => new RegExp(`\\b${key}\\b['"]?\\??\\s*[:,})]`).test(text));
    return [...keysOf(route.query), ...keysOf(route.body)].filter((key) => !said(key)).map((key) => `${name} ${key}`);
  });
  expect([...missing].sort()).toEqual(Object.keys(NOT_HERE).sort());
});
