/** Run Template, as built: run, made, changed, moved to another machine; personas beside it. */
import { jest } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '@mlx-manager/shared';
import { endRig } from '../support/agent.js';
import type { Screen } from './host/index.js';
import { startProfilesRig } from './support/profiles.js';
import { offers, pressAll, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(240_000);

describe('with a stand-in that answers', () => {
  let rig: ChatsRig;
  beforeEach(async () => {
    rig = await startChats();
  });
  afterEach(() => rig.end());

  const own = (changes: object) =>
    rig.client.createTemplate({ body: { name: 'Mine', text: 'Plain', description: null, model: null, persona: null, ...changes } });
  const mine = (screen: Screen): string[] =>
    screen
      .rows()
      .filter(({ section }) => section?.startsWith('My'))
      .map(({ title }) => title);

  test('created with its places seen as one types; a name that is taken is said; edited, duplicated, copied, linked, deleted', async () => {
    const { host } = rig;
    const screen = await host.launch('run-template');
    await screen.rowShown('Explain');
    await screen.press('Create Template…');
    await screen.submit();
    expect(screen.field('name').error).toBe('Needed');
    expect(screen.field('text').error).toBe('Needed');
    await screen.fill({ name: 'explain', text: 'Write {style:one line} about {topic} and {selection}' });
    expect(screen.text()).toContain('Places: the selection, style (one line), topic');
    await screen.submit();
    expect(screen.field('name').error).toMatch(/named explain already/);
    await screen.fill({ name: 'Essay', description: 'Writes', persona: 'Writer' });
    await screen.submit();
    expect(host.toast).toMatchObject({ title: 'Template Created', message: 'Essay' });
    await screen.until(() => mine(screen).includes('Essay'));

    await screen.select('Essay');
    expect(screen.view().detail?.metadata.find(({ title }) => title === 'Persona')?.text).toBe('Writer');
    await screen.press('Edit Template…');
    await screen.fill({ name: 'Long Essay' });
    await screen.submit();
    await screen.until(() => mine(screen).includes('Long Essay'));
    await screen.press('Duplicate Template…');
    expect(screen.field('name').value).toBe('Long Essay Copy');
    await screen.submit();
    await screen.until(() => mine(screen).length === 2);
    await screen.select('Long Essay');
    await screen.press('Copy Text');
    expect(host.copied.at(-1)).toBe('Write {style:one line} about {topic} and {selection}');
    await screen.press('Create Quicklink');
    const { link } = host.machine.entries('quicklink').at(-1)!;
    expect(decodeURIComponent(link)).toContain('/run-template?');
    expect(decodeURIComponent(link)).toContain('{"template":"Long Essay"}');
    host.answer = false;
    await screen.press('Delete Template');
    expect(mine(screen)).toHaveLength(2);
    host.answer = true;
    await screen.press('Delete Template');
    await screen.until(() => mine(screen).join() === 'Long Essay Copy');
    await screen.select('Explain');
    expect(offers(screen, 'Edit Template…') || offers(screen, 'Delete Template')).toBe(false);

    await screen.search('nothing of this name');
    await says(screen, 'No Templates Found');
    await screen.press('Manage Personas…');
    await screen.back();
    await screen.close();
  });

  test('run: what is missing is asked for, with what is selected and copied filled in; model and persona chosen', async () => {
    const { host, speaker } = rig;
    await own({ name: 'Story', text: 'A {kind:short} story of {hero}: {selection} {clipboard}' });
    host.machine.selectedText = 'the sea';
    host.machine.clipboard = [{ text: 'a ship' }];
    speaker.text = 'Once upon a time. Twice.';
    const screen = await host.launch('run-template');
    await screen.rowShown('Story');
    await screen.press('Run Template');
    await screen.submit();
    expect(screen.field('variable:hero').error).toBe('Needed');
    expect(screen.field('selection').value).toBe('the sea');
    await screen.fill({ 'variable:hero': 'Ada', 'variable:kind': '', persona: 'Coder' });
    await screen.submit();
    await screen.until(() => screen.markdown().includes('Once upon a time.') && offers(screen, 'Copy Answer'));
    expect(speaker.asked.at(-1)).toBe('A short story of Ada: the sea a ship');
    expect(speaker.system.at(-1)).toContain('experienced software engineer');
    expect((await rig.client.listChats())[0]?.chat.title).toBe('Story: the sea');
    await screen.press('Copy Answer');
    await screen.press('Paste Answer');
    await screen.press('Continue in Quick Chat');
    await screen.back();
    await screen.back();

    await screen.select('Summarize');
    await screen.press('Run with Options…');
    expect(screen.field('variable:points').value).toBe('5');
    await screen.fill({ 'variable:points': '3', selection: 'Something else' });
    await screen.submit();
    await screen.until(() => speaker.asked.at(-1)?.includes('at most 3 bullet') && offers(screen, 'Copy Answer'));
    expect(speaker.asked.at(-1)).toContain('Something else');
    await screen.close();
  });

  test('a context runs its template at once, or asks; one that is gone is said', async () => {
    const { host, speaker } = rig;
    const { id } = await own({ name: 'Greeting', text: 'Say hello' });
    Object.assign(speaker, { text: 'Hello ```\nx\n```', thinking: 'Hm.', held: true });
    const byName = await host.launch('run-template', { launchContext: { template: 'greeting' } });
    await byName.until(() => byName.markdown().includes('Hello') && offers(byName, 'Stop Answer'));
    await byName.press('Stop Answer');
    await byName.until(() => offers(byName, 'Continue Answer'));
    rig.release();
    speaker.text = 'Hello\n```\nx\n```';
    await byName.press('Continue Answer', { wait: false });
    await byName.until(() => offers(byName, 'Copy Answer'));
    await byName.press('Regenerate Answer', { wait: false });
    await byName.until(() => offers(byName, 'Copy Last Code Block'));
    for (const action of ['Show Thinking', 'Hide Thinking', 'Copy Last Code Block', 'Paste Last Code Block']) await byName.press(action);
    await byName.close();
    expect(speaker.asked[0]).toBe('Say hello');

    const byId = await host.launch('run-template', { launchContext: { templateId: id } });
    await byId.until(() => byId.markdown().includes('Hello'));
    await byId.close();
    // Nothing is selected: the form asks for it.
    const asks = await host.launch('run-template', { launchContext: { template: 'Explain' } });
    await asks.until(() => asks.view().kind === 'form');
    expect(asks.fields().map((field) => field.id)).toEqual(['selection', 'model', 'persona']);
    await asks.close();
    const gone = await host.launch('run-template', { launchContext: { template: 'Gone' } });
    await gone.until(() => host.toast?.title === 'No Such Template' && gone.row('Explain'));
    await gone.close();
  });

  test('exported and imported: by the clipboard and by a file; errors are clear and lose nothing', async () => {
    const { host, client } = rig;
    const screen = await host.launch('run-template');
    await screen.rowShown('Explain');
    await screen.press('Copy Prompts as JSON');
    expect(host.toast).toMatchObject({ title: 'Could Not Export', message: expect.stringContaining('of your own yet') });
    await client.createPersona({ body: { name: 'Me', description: null, systemPrompt: 'Be me.', sampling: { topP: 0.5 } } });
    const { id } = await own({ persona: 'Me' });
    await screen.press('Copy Prompts as JSON');
    const text = host.copied.at(-1)!;
    expect(JSON.parse(text)).toMatchObject({ format: 'mlx-manager/prompts', personas: [{ system_prompt: 'Be me.' }] });
    await screen.press('Save Prompts as JSON…');
    await screen.submit();
    const path = join(rig.folder, 'Downloads', 'MLX Manager Prompts.json');
    expect(readFileSync(path, 'utf8')).toBe(text);

    await client.deleteTemplate({ params: { id } });
    const refused: [string, RegExp][] = [
      ['', /no text/],
      ['{oops', /not JSON/],
      ['{"format":"x"}', /holds no exported/],
      ['{"format":"mlx-manager/prompts","version":1,"templates":[{"name":"x"}]}', /cannot be read at templates\.0\.text/],
    ];
    for (const [copied, problem] of refused) {
      host.machine.clipboard = [{ text: copied }];
      await screen.press('Import Prompts from Clipboard');
      expect(host.toast).toMatchObject({ title: 'Could Not Import', message: expect.stringMatching(problem) });
    }
    host.machine.clipboard = [{ text }];
    await screen.press('Import Prompts from Clipboard');
    expect(host.toast).toMatchObject({ title: 'Prompts Imported', message: '1 template, 1 here already' });
    await screen.until(() => mine(screen).includes('Mine'));

    await screen.press('Import Prompts from File…');
    await screen.submit();
    expect(screen.field('file').error).toBe('Needed');
    const broken = join(rig.folder, 'broken.json');
    writeFileSync(broken, '[]');
    await screen.fill({ file: [broken] });
    await screen.submit();
    expect(host.toast).toMatchObject({ title: 'Could Not Import' });
    await screen.fill({ file: [path] });
    await screen.submit();
    expect(host.toast).toMatchObject({ title: 'Prompts Imported', message: '2 here already' });
    await screen.close();
  });

  test('personas: made, checked, changed, copied, deleted, talked to', async () => {
    const { host, client } = rig;
    const screen = await host.launch('run-template');
    await screen.rowShown('Explain');
    await screen.press('Manage Personas…');
    await screen.rowShown('Coder');
    expect(offers(screen, 'Edit Persona…')).toBe(false);
    await screen.press('Start Chat');
    expect(host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { personaId: 1, fresh: true } });
    await screen.press('Copy System Prompt');
    expect(host.copied.at(-1)).toContain('software engineer');
    await screen.press('Create Persona…');
    await screen.fill({ name: 'Coder', systemPrompt: 'Be brief.', temperature: 'hot', topP: '2' });
    await screen.submit();
    expect(screen.field('temperature').error).toBe('Must be a number');
    expect(screen.field('topP').error).toBe('Must be at most 1');
    await screen.fill({ temperature: '0,5', topP: '' });
    await screen.submit();
    expect(screen.field('name').error).toMatch(/Coder already/);
    await screen.fill({ name: 'Brief' });
    await screen.submit();
    await screen.rowShown('Brief');
    expect((await client.listPersonas()).at(-1)).toMatchObject({ name: 'Brief', sampling: { temperature: 0.5 } });
    await screen.select('Brief');
    await screen.press('Edit Persona…');
    await screen.fill({ maxTokens: '100' });
    await screen.submit();
    await screen.until(() => screen.markdown().includes('maxTokens: 100'));
    await screen.press('Duplicate Persona…');
    await screen.submit();
    await screen.rowShown('Brief Copy');
    await screen.select('Brief');
    host.answer = true;
    await screen.press('Delete Persona');
    await screen.until(() => screen.row('Brief') === undefined);
    expect((await client.listPersonas()).map(({ name }) => name)).toEqual(['Coder', 'Writer', 'Analyst', 'Brief Copy']);
    await screen.close();
  });

  test('the agent away: told, and found again', async () => {
    await rig.stopAgent();
    const screen = await rig.host.launch('run-template');
    await screen.until(() => offers(screen, 'Try Again'));
    await pressAll(screen);
    await rig.startAgent();
    await screen.rowShown('Explain');
    await screen.close();
  });
});

test('the real engine answers a template of one’s own, its places filled in', async () => {
  const engine = await startProfilesRig();
  const host = await engine.host();
  try {
    await engine.client.updateSettings({ body: { chatTitles: 'first_words' } });
    await engine.profile('Tiny', { sampling: { temperature: 0, maxTokens: 200 } });
    await engine.client.createTemplate({
      body: { name: 'Capital', text: 'What is the capital of {country}?', description: null, model: null, persona: null },
    });
    const screen = await host.launch('run-template');
    await screen.select('Capital');
    await screen.press('Run Template');
    await screen.until(() => screen.field('model').options.some(({ title }) => title === 'Tiny'));
    await screen.fill({ 'variable:country': 'France', model: 'Tiny' });
    await screen.submit();
    await screen.until(() => /\d+ tokens.*Tiny/.test(screen.markdown()), { timeout: 120_000 });
    expect(screen.markdown()).toContain('The capital of France is Paris.');
    const [hit] = await engine.client.listChats();
    const [question, answer] = (await engine.client.getChat({ params: { chatId: hit!.chat.id } })).messages;
    expect(textOf(question!)).toBe('What is the capital of France?');
    expect([answer!.status, answer!.profileName]).toEqual(['complete', 'Tiny']);
    await screen.close();
  } finally {
    await host.close();
    await endRig(engine);
  }
});
