/** Chats of a whole agent, by its API. */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fetch from 'node-fetch';
import { clientOf, endRig, listen, startAgent, type Rig } from '../support/agent.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startAgent();
});
afterAll(() => endRig(rig));
const raw = (path: string, init: Parameters<typeof fetch>[1] = {}) =>
  fetch(rig.agent.address + path, {
    ...init,
    headers: { authorization: `Bearer ${rig.agent.token}`, ...(init.headers as Record<string, string>) },
  });

test('a chat is made, changed, listed, found and deleted; surfaces hear of it', async () => {
  const { client } = rig;
  const ear = listen(client, ['chat']);
  const made = await client.createChat({ body: { title: 'Ölwechsel 配置', tags: ['Auto'] } });
  expect(made).toMatchObject({ title: 'Ölwechsel 配置', titled: true, headId: null });
  const params = { chatId: made.id };
  expect((await client.updateChat({ params, body: { pinned: true } })).chat).toMatchObject({ pinned: true, title: 'Ölwechsel 配置' });
  expect(await client.getChat({ params })).toMatchObject({ chat: { id: made.id }, messages: [] });
  expect((await client.listChats({ query: { search: '配置 olw' } })).map(({ match }) => match)).toEqual([
    {
      messageId: null,
      text: 'Ölwechsel 配置',
      ranges: [
        [0, 3],
        [10, 12],
      ],
    },
  ]);
  expect(await client.listChatTags()).toEqual([{ tag: 'Auto', chats: 1 }]);
  await client.deleteChat({ params });
  await ear.until((event) => event.type === 'chat.removed' && event.data.id === made.id);
  await ear.stop();
  await expect(client.getChat({ params })).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND', status: 404 });
  await expect(client.deleteChat({ params })).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND' });
});

test('pages follow their links; a cursor of nobody’s is refused', async () => {
  const { client } = rig;
  for (let i = 0; i < 5; i++) await client.createChat({ body: { title: `page ${i}` } });
  const titles: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await client.chatsPage({ query: { search: 'page', limit: 2, ...(cursor && { cursor }) } });
    titles.push(...page.items.map(({ chat }) => chat.title));
    cursor = page.cursor;
  } while (cursor);
  expect(titles.sort()).toEqual(['page 0', 'page 1', 'page 2', 'page 3', 'page 4']);
  const first = await client.chatsPage({ query: { limit: 2 } });
  expect((await client.chatsPage({ query: { limit: 2, cursor: first.cursor! } })).items).toHaveLength(2);
  await expect(client.listChats({ query: { cursor: "'; DROP TABLE chats" } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('what does not fit is told by its field', async () => {
  const { client } = rig;
  const { id } = await client.createChat({ body: {} });
  await expect(client.updateChat({ params: { chatId: id }, body: { profileId: 99 } })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(client.updateChat({ params: { chatId: id }, body: { headId: 'x' } })).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
  const answer = await raw(`/api/chats/${id}/runs`, {
    method: 'POST',
    body: '{"kind":"sned"}',
    headers: { 'content-type': 'application/json' },
  });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('kind: must be one of') as string]);
  expect((await raw(`/api/chats/${id}/export?format=markdown&branches=true`)).status).toBe(400);
});

test('a profile that is deleted leaves its chats', async () => {
  const { client } = rig;
  const profile = await client.createProfile({ body: { name: 'Gone', modelPath: 'org/gone' } });
  const { id } = await client.createChat({ body: { profileId: profile.id } });
  await client.deleteProfile({ params: { id: profile.id } });
  expect((await client.getChat({ params: { chatId: id } })).chat.profileId).toBeNull();
});

test('many changes at once all count, and nothing is lost over a restart', async () => {
  const { client } = rig;
  const { id } = await client.createChat({ body: { title: 'Busy' } });
  const params = { chatId: id };
  await Promise.all([
    client.updateChat({ params, body: { tags: ['one'] } }),
    client.updateChat({ params, body: { pinned: true } }),
    client.updateChat({ params, body: { systemPrompt: 'Be kind.' } }),
    client.updateChat({ params, body: { model: 'auto' } }),
  ]);
  const { folder } = rig;
  await rig.stop();
  rig = await startAgent({ folder });
  expect((await rig.client.getChat({ params })).chat).toMatchObject({
    tags: ['one'],
    pinned: true,
    systemPrompt: 'Be kind.',
    model: 'auto',
  });
});

test('an export has a name that every system takes', async () => {
  const { client } = rig;
  const { id } = await client.createChat({ body: { title: 'Über/../"x"\u202e: 配置?' } });
  const markdown = await client.exportChat({ params: { chatId: id } });
  expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  const header = markdown.headers.get('content-disposition') ?? '';
  expect(header).toMatch(/^attachment; filename="[\w .]+\.md"; filename\*=UTF-8''[\w%.-]+\.md$/);
  expect(decodeURIComponent(header.split("''")[1] ?? '')).toBe('Über .. x 配置.md');
  expect(await markdown.text()).toContain('# Über/../"x"');
  const json = await client.exportChat({ params: { chatId: id }, query: { format: 'json', branches: true } });
  expect(JSON.parse(await json.text())).toMatchObject({ format: 'mlx-manager/chat', branches: true, chat: { id } });
});

describe('attachments', () => {
  const bytes = Buffer.from('<script>alert(1)</script>');

  test('come back as they were, and run nothing on our origin', async () => {
    const { client } = rig;
    const kept = await client.uploadAttachment({ name: 'ünsafe "x".html', mediaType: 'text/html', bytes });
    expect(kept).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/) as string, bytes: bytes.length, mediaType: 'text/html' });
    expect(await client.uploadAttachment({ name: 'b', mediaType: 'text/html', bytes })).toMatchObject({ id: kept.id });
    const answer = await client.downloadAttachment({ attachmentId: kept.id });
    expect(await answer.text()).toBe('<script>alert(1)</script>');
    expect(
      Object.fromEntries(['content-type', 'x-content-type-options', 'content-disposition'].map((name) => [name, answer.headers.get(name)])),
    ).toEqual({
      'content-type': 'text/html',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'attachment; filename="b"',
    });
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(existsSync(join(rig.agent.paths.attachments, kept.id))).toBe(true);
    await expect(client.downloadAttachment({ attachmentId: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'ATTACHMENT_NOT_FOUND' });
  });

  test('need the token, a name, a type and bytes; what is too large is told at once', async () => {
    const before = readdirSync(rig.agent.paths.attachments);
    await expect(clientOf(rig.agent.address, 'wrong').uploadAttachment({ name: 'a', mediaType: 'a/b', bytes })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
    const post = (query: string, init: Parameters<typeof fetch>[1] = {}) => raw(`/api/attachments?${query}`, { method: 'POST', ...init });
    expect((await post('name=a&media_type=nonsense', { body: bytes })).status).toBe(400);
    expect((await post('media_type=a/b', { body: bytes })).status).toBe(400);
    const empty = await post('name=a&media_type=a/b');
    expect([empty.status, await empty.text()]).toEqual([400, expect.stringContaining('ATTACHMENT_INVALID') as string]);
    // JSON is bytes too.
    const json = await post('name=a.json&media_type=application/json', {
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await json.json()).toMatchObject({ bytes: 7 });
    const picture = await post('name=a.png&media_type=image/png', { body: 'no picture' });
    expect(await picture.json()).toMatchObject({
      error: { code: 'ATTACHMENT_INVALID', message: 'a.png cannot be attached: it is no image/png.' },
    });
    expect(readdirSync(rig.agent.paths.attachments)).toHaveLength(before.length + 1);
  });

  test('a file that says it is too large is refused before it is sent: ATTACHMENT_TOO_LARGE', async () => {
    const { port, token } = rig.agent;
    const asked = request({
      port,
      method: 'POST',
      path: '/api/attachments?name=film.mp4&media_type=video/mp4',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'video/mp4', 'content-length': 300 * 1024 * 1024 },
    });
    asked.flushHeaders();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, await text(answer)]).toEqual([413, expect.stringContaining('ATTACHMENT_TOO_LARGE') as string]);
    asked.destroy();
  });
});

test('a message of megabytes is no request that is too large', async () => {
  const { id } = await rig.client.createChat({ body: {} });
  const send = (parts: string[]) =>
    rig.client.createRun({ params: { chatId: id }, body: { kind: 'send', parts: parts.map((one) => ({ type: 'text', text: one })) } });
  // No model answers here: that is what it is told.
  await expect(send(['x'.repeat(1_900_000), 'ü'.repeat(1_900_000)])).rejects.toMatchObject({
    code: expect.not.stringMatching(/INVALID|LARGE/) as string,
  });
  await expect(send(['x'.repeat(2_000_001)])).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
