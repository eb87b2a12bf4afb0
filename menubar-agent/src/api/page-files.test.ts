/** The built page as files: what is served, how it is cached, and what never is. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { PageFiles } from './page-files.js';

let folder: string;
let app: FastifyInstance;
let address: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-page-'));
  mkdirSync(join(folder, 'page', 'assets', 'deep'), { recursive: true });
  writeFileSync(join(folder, 'secret.js'), 'secret');
  writeFileSync(join(folder, 'page', 'index.html'), '<title>the window</title>');
  writeFileSync(join(folder, 'page', 'theme.js'), 'theme');
  writeFileSync(join(folder, 'page', 'assets', 'index-1a.js'), 'script');
  writeFileSync(join(folder, 'page', 'assets', 'deep', 'x.js'), 'deep');
  const files = new PageFiles(join(folder, 'page'));
  app = Fastify();
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler: (request, reply) => files.answer((request.params as { '*': string })['*'], request, reply),
  });
  address = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

/** The path as it is written: fetch would tidy it up. */
const ask = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const { port } = new URL(address);
    rawRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    })
      .on('error', reject)
      .end();
  });

test('an asset is kept for good, a file of a lasting name is asked for again', async () => {
  const asset = await ask('/assets/index-1a.js');
  expect(asset).toMatchObject({ status: 200, text: 'script' });
  expect(asset.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-length': '6',
  });
  const theme = await ask('/theme.js');
  expect(theme.headers).toMatchObject({ 'cache-control': 'no-cache' });
  expect(await ask('/theme.js', 'GET', { 'if-none-match': String(theme.headers.etag) })).toMatchObject({ status: 304, text: '' });
  expect(await ask('/assets/index-1a.js', 'HEAD')).toMatchObject({ status: 200, text: '', headers: { 'content-length': '6' } });
});

test.each([
  '/../secret.js',
  '/assets/../../secret.js',
  '/%2e%2e/secret.js',
  '/..%2fsecret.js',
  '/assets/..%5c..%5csecret.js',
  '/assets/deep/x.js',
  '/assets/',
  '/index.html',
  '/assets/index-1a.js%00',
  '//secret.js',
])('nothing outside the list is served: %s', async (path) => {
  const answer = await ask(path);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.text).not.toMatch(/secret$|^deep$|the window/);
});

test('a page that is built while the agent runs is found', async () => {
  await ask('/assets/index-1a.js');
  const files = new PageFiles(join(folder, 'later'));
  expect(await files.entry('index')).toBeNull();
  mkdirSync(join(folder, 'later'));
  writeFileSync(join(folder, 'later', 'index.html'), 'now');
  expect(await files.entry('index')).toBe('now');
});
