/** Personas and prompt templates of a whole agent, by its API. */
import { endRig, startAgent, type Rig } from '../support/agent.js';

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent();
});
afterEach(() => endRig(rig));

const voice = { name: 'Pirate', systemPrompt: 'Talk like a pirate.', sampling: { temperature: 1.2, topP: 0.9 } };

test('those of the product are there, with good numbers, and are neither changed nor deleted: PROMPT_BUILTIN', async () => {
  const { client } = rig;
  const personas = await client.listPersonas();
  expect(personas.map(({ id, name, builtin }) => [id, name, builtin])).toEqual([
    [1, 'Coder', true],
    [2, 'Writer', true],
    [3, 'Analyst', true],
  ]);
  const templates = await client.listTemplates();
  expect(templates.map(({ id, builtin }) => [id, builtin])).toEqual([
    [1, 'explain'],
    [2, 'fix'],
    [3, 'summarize'],
    [4, 'rewrite'],
    [5, 'translate'],
  ]);
  expect(templates.map((one) => one.variables)).toEqual([
    [],
    [],
    [{ name: 'points', fallback: '5' }],
    [{ name: 'tone', fallback: 'clear and friendly' }],
    [{ name: 'language', fallback: 'English' }],
  ]);
  const builtin = { code: 'PROMPT_BUILTIN', status: 409 };
  const params = { id: 1 };
  await expect(client.updatePersona({ params, body: { name: 'Mine' } })).rejects.toMatchObject({
    ...builtin,
    message: 'Coder comes with MLX Manager and is not changed or deleted.',
    action: expect.stringContaining('Duplicate it') as string,
  });
  await expect(client.deletePersona({ params })).rejects.toMatchObject(builtin);
  await expect(client.updateTemplate({ params, body: { text: 'x' } })).rejects.toMatchObject(builtin);
  await expect(client.deleteTemplate({ params })).rejects.toMatchObject(builtin);
  const rendered = await client.renderTemplate({ params: { id: 5 }, body: { selection: 'Guten {language}' } });
  expect(rendered.missing).toEqual([]);
  expect(rendered.text).toContain('into English.');
  expect(rendered.text).toContain('<text>\nGuten {language}\n</text>');
  expect((await client.renderTemplate({ params: { id: 5 }, body: { variables: { language: 'Thai' } } })).missing).toEqual(['selection']);
});

test('own ones are made, changed, deleted and kept over a restart; names are unique without case', async () => {
  const { client } = rig;
  const made = await client.createPersona({ body: voice });
  expect(made).toMatchObject({ ...voice, id: 1000, description: null, builtin: false });
  for (const name of ['PIRATE', 'coder', ' Pirate ']) {
    await expect(client.createPersona({ body: { ...voice, name } })).rejects.toMatchObject({ code: 'PERSONA_NAME_TAKEN', status: 409 });
  }
  await expect(client.updatePersona({ params: { id: made.id }, body: { name: 'WRITER' } })).rejects.toMatchObject({
    code: 'PERSONA_NAME_TAKEN',
  });
  const template = await client.createTemplate({ body: { name: 'Sea', text: '{what} at sea: {selection}', persona: 'pirate' } });
  expect(template).toMatchObject({ id: 1000, persona: 'Pirate', variables: [{ name: 'what', fallback: null }], builtin: null });
  await expect(client.createTemplate({ body: { name: 'SEA', text: 'x' } })).rejects.toMatchObject({ code: 'TEMPLATE_NAME_TAKEN' });
  await expect(client.createTemplate({ body: { name: 'Other', text: 'x', persona: 'Nobody' } })).rejects.toMatchObject({
    code: 'PERSONA_NOT_FOUND',
    status: 404,
  });
  await client.updatePersona({ params: { id: made.id }, body: { name: 'Corsair' } });
  const changed = await client.updateTemplate({ params: { id: template.id }, body: { text: '{a:1}', model: 'tiny' } });
  expect(changed).toMatchObject({ name: 'Sea', persona: 'Corsair', model: 'tiny', variables: [{ name: 'a', fallback: '1' }] });

  await rig.agent.stop();
  const { folder } = rig;
  rig = await startAgent({ folder });
  expect((await rig.client.listPersonas()).at(-1)).toMatchObject({ ...voice, id: 1000, name: 'Corsair' });
  expect((await rig.client.listTemplates()).at(-1)).toEqual(changed);

  await rig.client.deletePersona({ params: { id: made.id } });
  expect((await rig.client.listTemplates()).at(-1)).toMatchObject({ name: 'Sea', persona: null });
  await rig.client.deleteTemplate({ params: { id: template.id } });
  await expect(rig.client.deletePersona({ params: { id: made.id } })).rejects.toMatchObject({ code: 'PERSONA_NOT_FOUND', status: 404 });
  await expect(rig.client.updateTemplate({ params: { id: template.id }, body: {} })).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
  // A number is never given twice.
  expect((await rig.client.createPersona({ body: voice })).id).toBe(1001);
});

test('chats of a persona that goes keep its system prompt', async () => {
  const { client } = rig;
  const { id } = await client.createPersona({ body: voice });
  const chat = await client.createChat({ body: { personaId: id } });
  const own = await client.createChat({ body: { personaId: id, systemPrompt: 'Mine.' } });
  await client.deletePersona({ params: { id } });
  expect((await client.getChat({ params: { chatId: chat.id } })).chat).toMatchObject({ personaId: null, systemPrompt: voice.systemPrompt });
  expect((await client.getChat({ params: { chatId: own.id } })).chat).toMatchObject({ personaId: null, systemPrompt: 'Mine.' });
});

test('changes are announced', async () => {
  const left = new AbortController();
  const seen: string[] = [];
  const done = Promise.withResolvers<null>();
  const open = Promise.withResolvers<null>();
  const reading = (async () => {
    for await (const event of rig.client.events({
      topics: ['persona', 'template'],
      signal: left.signal,
      onOpen: () => open.resolve(null),
    })) {
      seen.push(event.type);
      if (event.type === 'template.removed') done.resolve(null);
    }
  })().catch(done.reject);
  await open.promise;
  const { id } = await rig.client.createPersona({ body: voice });
  const template = await rig.client.createTemplate({ body: { name: 'Sea', text: 'x', persona: 'Pirate' } });
  await rig.client.deletePersona({ params: { id } });
  await rig.client.deleteTemplate({ params: { id: template.id } });
  await done.promise;
  expect(seen).toEqual(['persona.updated', 'template.updated', 'persona.removed', 'template.updated', 'template.removed']);
  left.abort();
  await reading;
});

test('export goes to another machine; names that are taken get a number, the same twice is left, all or none', async () => {
  const { client } = rig;
  await client.createPersona({ body: voice });
  await client.createTemplate({ body: { name: 'Sea', text: '{selection}', persona: 'Pirate' } });
  const file = await client.exportPrompts();
  expect(file).toMatchObject({ format: 'mlx-manager/prompts', version: 1, personas: [voice], templates: [{ name: 'Sea' }] });
  expect(await client.exportPrompts({ query: { what: 'templates' } })).toMatchObject({ personas: [], templates: [{ name: 'Sea' }] });
  expect(await client.importPrompts({ body: file })).toEqual({ personas: [], templates: [], unchanged: 2 });

  const other = await startAgent();
  try {
    await other.client.createPersona({ body: { ...voice, name: 'pirate', systemPrompt: 'Another one.' } });
    const taken = await other.client.importPrompts({ body: file });
    expect(taken.personas).toMatchObject([{ ...voice, name: 'Pirate 2' }]);
    expect(taken.templates).toMatchObject([{ name: 'Sea', persona: 'Pirate 2' }]);
    // Once more: it is known under its new name.
    expect(await other.client.importPrompts({ body: file })).toEqual({ personas: [], templates: [], unchanged: 2 });

    // A bad file says where.
    const broken = { ...file, personas: [{ ...voice, name: 'New', description: null }], templates: [{ name: 'Bad', text: '' }] };
    await expect(other.client.importPrompts({ body: broken as never })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('templates.0.text') as string,
    });
    await expect(other.client.importPrompts({ body: { ...file, format: 'else' } as never })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('format') as string,
    });
    expect((await other.client.listPersonas()).map((one) => one.name)).toEqual(['Coder', 'Writer', 'Analyst', 'pirate', 'Pirate 2']);
  } finally {
    await endRig(other);
  }
});
