/** The token counter: what is counted before it is sent is what the engine then reads. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { run } from '../support/chats/index.js';

jest.setTimeout(120_000);
let rig: Rig;
let profileId: number;
beforeAll(async () => {
  await installedEngine('mlx-lm');
  rig = await startAgent();
  const { client } = rig;
  await client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')], chatTitles: 'first_words' } });
  profileId = (await client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel } })).id;
  await startAndWait(client, profileId);
}, 600_000);
afterAll(() => endRig(rig));

const text = (said: string) => ({ type: 'text' as const, text: said });

test('the count before sending is within five tokens of what the engine read, with system prompt, a file and a second turn', async () => {
  const { client } = rig;
  const chat = await client.createChat({ body: { profileId, systemPrompt: 'Answer in one short sentence.' } });
  const file = await client.uploadAttachment({ name: 'Makefile', mediaType: 'text/plain', bytes: Buffer.from('all:\n\techo capital\n') });
  const turns = [
    [text('What is the capital of France?')],
    [text('What is the capital of Italy?'), { type: 'file' as const, attachmentId: file.id, name: file.name, mediaType: file.mediaType }],
  ];
  for (const parts of turns) {
    const counted = await client.countChat({ body: { chatId: chat.id, parts, thinking: false } });
    expect(counted).toMatchObject({ exact: true, profileId, profileName: 'Tiny' });
    await run(client, chat.id, { kind: 'send', parts, sampling: { temperature: 0, maxTokens: 8 }, thinking: false });
    const { messages } = await client.getChat({ params: { chatId: chat.id } });
    const read = messages.at(-1)?.metrics?.promptTokens ?? NaN;
    expect(Math.abs(counted.tokens - read)).toBeLessThanOrEqual(5);
  }
});

test('a chat that is not there yet is counted by its own persona, prompt and model; nothing said is nothing read', async () => {
  const { client } = rig;
  const model = JSON.parse(readFileSync(join(tinyModel, 'config.json'), 'utf8')) as { max_position_embeddings: number };
  const empty = await client.countChat({ body: { profileId } });
  expect(empty).toEqual({ tokens: 0, exact: true, contextLength: model.max_position_embeddings, profileId, profileName: 'Tiny' });
  const plain = await client.countChat({ body: { profileId, parts: [text('Hello')] } });
  const longer = await client.countChat({ body: { profileId, parts: [text('Hello')], systemPrompt: 'You are a careful clerk.' } });
  expect(plain.tokens).toBeGreaterThan(0);
  expect(longer.tokens).toBeGreaterThan(plain.tokens);
  await client.updateProfile({ params: { id: profileId }, body: { contextLength: 256 } });
  expect((await client.countChat({ body: { profileId } })).contextLength).toBe(256);
});

test('where a message is edited, what stands before it and the new words are counted; the tools of the chat are', async () => {
  const { client } = rig;
  const quick = { sampling: { temperature: 0, maxTokens: 8 }, thinking: false };
  const chat = await client.createChat({ body: { profileId } });
  await run(client, chat.id, { kind: 'send', parts: [text('What is the capital of France?')], ...quick });
  const first = (await client.getChat({ params: { chatId: chat.id } })).messages;
  await run(client, chat.id, { kind: 'send', parts: [text('And of Italy?')], ...quick });
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }];
  await client.updateChat({ params: { chatId: chat.id }, body: { tools } });
  const asked = (await client.getChat({ params: { chatId: chat.id } })).messages[2]!;
  const parts = [text('And which one is the capital of Japan?')];
  const body = { chatId: chat.id, parentId: asked.parentId, parts, thinking: false };
  const counted = await client.countChat({ body });
  const answer = await run(client, chat.id, { kind: 'edit', messageId: asked.id, parts, ...quick });
  expect(Math.abs(counted.tokens - (answer.metrics?.promptTokens ?? NaN))).toBeLessThanOrEqual(5);
  // A run without them: fewer.
  await client.updateChat({ params: { chatId: chat.id }, body: { tools: [] } });
  expect((await client.countChat({ body })).tokens).toBeLessThan(counted.tokens - 20);
  expect((await client.countChat({ body: { ...body, tools } })).tokens).toBe(counted.tokens);
  const other = await client.createChat({ body: { profileId } });
  await expect(client.countChat({ body: { chatId: other.id, parentId: first[0]!.id, parts } })).rejects.toMatchObject({
    code: 'MESSAGE_NOT_FOUND',
  });
});

test('what cannot be counted is told as a run would tell it', async () => {
  const { client } = rig;
  await expect(client.countChat({ body: { chatId: 'gone' } })).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND' });
  await expect(client.countChat({ body: { profileId: 4711, parts: [text('Hi')] } })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  const file = await client.uploadAttachment({ name: 'a.bin', mediaType: 'application/octet-stream', bytes: new Uint8Array([0, 1, 2]) });
  const part = { type: 'file' as const, attachmentId: file.id, name: file.name, mediaType: file.mediaType };
  await expect(client.countChat({ body: { profileId, parts: [part] } })).rejects.toMatchObject({ code: 'ATTACHMENT_UNREADABLE' });
});
