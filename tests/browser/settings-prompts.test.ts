/** Personas and templates in the settings, in a Chromium against a real agent. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

const item = (page: Page, name: string) => page.getByRole('listitem', { name, exact: true });
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
const template = (name: string) => async () => (await rig.client.listTemplates()).find((one) => one.name === name);

test('by mouse: built-in ones are read and duplicated; own ones made, tried, changed, deleted', async () => {
  const { page, shot, expectNoErrors } = await openPage(rig, '/settings/prompts', { expected: /409/, height: 800 });
  await item(page, 'Coder').getByText('built in').waitFor();
  await soon(() => page.getByRole('button', { name: 'Delete Coder' }).count()).toBe(0);
  await shot('prompts-list');
  await page.getByRole('button', { name: 'View Explain' }).click();
  const view = page.getByRole('dialog', { name: 'Explain' });
  await soon(() => view.getByRole('textbox', { name: 'Text', exact: true }).getAttribute('readonly')).not.toBeNull();
  await soon(() => view.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await shot('prompts-builtin');
  await view.getByRole('button', { name: 'Duplicate' }).click();
  const copy = page.getByRole('dialog', { name: 'New template' });
  await soon(() => copy.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Explain copy');
  await copy.getByRole('button', { name: 'Add Template' }).click();
  await copy.waitFor({ state: 'detached' });
  await item(page, 'Explain copy').waitFor();

  await page.getByRole('button', { name: 'New Persona' }).click();
  const persona = page.getByRole('dialog', { name: 'New persona' });
  await persona.getByRole('textbox', { name: 'Name', exact: true }).fill('coder');
  await persona.getByRole('textbox', { name: 'System prompt' }).fill('You rhyme.');
  await persona.getByRole('textbox', { name: 'Temperature' }).fill('hot');
  await persona.getByText('Must be a number.').waitFor();
  await persona.getByRole('textbox', { name: 'Temperature' }).fill('1.2');
  await persona.getByRole('button', { name: 'Add Persona' }).click();
  // The name is taken: what was typed stays.
  await persona.getByRole('alert').getByText('There is a persona named').waitFor();
  await soon(() => persona.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('You rhyme.');
  await shot('prompts-persona');
  await persona.getByRole('textbox', { name: 'Name', exact: true }).fill('Poet');
  await persona.getByRole('button', { name: 'Add Persona' }).click();
  await persona.waitFor({ state: 'detached' });
  await item(page, 'Poet').waitFor();
  await soon(async () => (await rig.client.listPersonas()).find(({ name }) => name === 'Poet')).toMatchObject({
    systemPrompt: 'You rhyme.',
    sampling: { temperature: 1.2 },
  });

  await page.getByRole('button', { name: 'New Template' }).click();
  const editor = page.getByRole('dialog', { name: 'New template' });
  await editor.getByRole('textbox', { name: 'Name', exact: true }).fill('Mail');
  await editor.getByRole('textbox', { name: 'Text', exact: true }).fill('Write to {name}, {tone:friendly}. Keep {{this}}.\n');
  await editor.getByRole('button', { name: 'Insert {selection}' }).click();
  await soon(() => editor.getByRole('textbox', { name: 'Text', exact: true }).inputValue()).toBe(
    'Write to {name}, {tone:friendly}. Keep {{this}}.\n{selection}',
  );
  await soon(() => editor.locator('[aria-hidden] > mark').allTextContents()).toEqual(['{name}', '{tone:friendly}', '{selection}']);
  const preview = editor.getByRole('region', { name: 'Preview' });
  await preview.getByRole('textbox', { name: '{name}' }).fill('Ann');
  await preview.getByText('Asked for; “friendly” where nothing is given.').waitFor();
  await soon(() => preview.getByRole('group', { name: 'What is asked' }).textContent()).toBe(
    'Write to Ann, friendly. Keep {this}.\n{selection}',
  );
  await preview.getByText('Nothing given yet for').waitFor();
  await preview.getByRole('textbox', { name: '{selection}' }).fill('the news');
  await preview.getByText('Nothing given yet for').waitFor({ state: 'detached' });
  await editor.getByRole('combobox', { name: 'Persona' }).click();
  await page.getByRole('option', { name: 'Poet' }).click();
  await editor.getByLabel('Model').fill('big');
  await shot('prompts-template');
  await editor.getByRole('button', { name: 'Add Template' }).click();
  await editor.waitFor({ state: 'detached' });
  await item(page, 'Mail').getByText('Poet').waitFor();
  await soon(() => template('Mail')()).toMatchObject({ model: 'big', persona: 'Poet', variables: [{ name: 'name' }, { name: 'tone' }] });

  await page.getByRole('button', { name: 'Delete Poet' }).click();
  const remove = page.getByRole('alertdialog', { name: 'Delete the persona Poet?' });
  await remove.getByText('1 template will have no persona: Mail.').waitFor();
  await remove.getByRole('button', { name: 'Delete' }).click();
  // While the question is there the list behind it is hidden from roles: it would count as gone.
  await remove.waitFor({ state: 'detached' });
  await item(page, 'Poet').waitFor({ state: 'detached' });
  await item(page, 'Mail').getByText('Poet').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Edit Mail' }).click();
  const change = page.getByRole('dialog', { name: 'Edit Mail' });
  await change.getByRole('textbox', { name: 'Text', exact: true }).fill('');
  await change.getByText('Must be filled in.').waitFor();
  // Somebody else changes it meanwhile: what is typed here stays, and only that is saved.
  const mail = await template('Mail')();
  await rig.client.updateTemplate({ params: { id: mail?.id ?? 0 }, body: { description: 'from elsewhere' } });
  // Behind the dialog.
  await page.getByText('from elsewhere').waitFor({ state: 'attached' });
  await change.getByRole('textbox', { name: 'Text', exact: true }).fill('Dear {name}');
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  await soon(() => template('Mail')()).toMatchObject({ text: 'Dear {name}', description: 'from elsewhere' });
  await page.getByRole('searchbox', { name: 'Search personas and templates' }).fill('dear');
  await item(page, 'Explain').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Delete Mail' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing found').last().waitFor();
  await soon(() => template('Mail')()).toBeUndefined();
  expectNoErrors();
});

test('own ones go to another Mac and come back; a file that does not fit is refused with what is wrong', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/prompts');
  await item(page, 'Coder').waitFor();
  await soon(() => page.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true);
  await rig.client.createPersona({ body: { name: 'Poet', systemPrompt: 'Rhyme.' } });
  await rig.client.createTemplate({ body: { name: 'Mail', text: 'To {name}', persona: 'Poet' } });
  await item(page, 'Mail').waitFor();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Personas and Templates' }).click();
  const saved = await coming;
  expect(saved.suggestedFilename()).toBe('mlx-manager-prompts.json');
  const text = readFileSync(await saved.path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ format: 'mlx-manager/prompts', personas: [{ name: 'Poet' }], templates: [{ persona: 'Poet' }] });

  for (const { id, builtin } of await rig.client.listPersonas()) if (!builtin) await rig.client.deletePersona({ params: { id } });
  await item(page, 'Poet').waitFor({ state: 'detached' });
  const file = (name: string, content: string) =>
    page.getByLabel('File to import').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
  await file('prompts.json', text);
  const question = page.getByRole('alertdialog', { name: 'Import 1 persona and 1 template?' });
  await question.getByRole('button', { name: 'Import' }).click();
  await item(page, 'Poet').waitFor();
  await page.getByText('Imported 1 persona and 1 template').waitFor();
  await item(page, 'Mail 2').waitFor();

  await file('wrong.json', '{"format":"other","version":1}');
  const refused = page.getByRole('dialog', { name: 'This file cannot be imported' });
  await refused.getByText('wrong.json: It is no export of personas and templates.').waitFor();
  await refused.getByRole('button', { name: 'Close' }).last().click();
  await file('no.json', 'hello');
  await refused.getByText('no.json: It is no JSON file.').waitFor();
  for (const [name, change, words] of [
    ['new.json', { version: 2 }, 'It is of version 2, which this release does not know.'],
    ['empty.json', { personas: [], templates: [] }, 'There is no persona and no template in it.'],
    ['null.json', { personas: [null] }, 'persona 1: Must be an object.'],
    ['long.json', { personas: [{ name: 'a', system_prompt: 'x'.repeat(200_000) }] }, /persona 1, system_prompt: At most/],
  ] as const) {
    await refused.getByRole('button', { name: 'Close' }).last().click();
    await refused.waitFor({ state: 'detached' });
    await file(name, JSON.stringify({ ...(JSON.parse(text) as object), ...change }));
    await refused.getByText(words).waitFor();
  }
  expectNoErrors();
});

test('deleted elsewhere while it is edited: what was typed is kept, and saved anew', async () => {
  const { id } = await rig.client.createPersona({ body: { name: 'Poet', systemPrompt: 'Rhyme.' } });
  const { page, errors } = await openPage(rig, '/settings/prompts', { expected: /404/ });
  await page.getByRole('button', { name: 'Edit Poet' }).click();
  const editor = page.getByRole('dialog', { name: 'Edit Poet' });
  await editor.getByRole('textbox', { name: 'System prompt' }).fill('Rhyme, and never stop.');
  await rig.client.deletePersona({ params: { id } });
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.getByText('Save again to make it anew.').waitFor();
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  const own = (await rig.client.listPersonas()).filter(({ builtin }) => !builtin);
  expect(own).toMatchObject([{ name: 'Poet', systemPrompt: 'Rhyme, and never stop.' }]);
  expect(errors).toEqual([]);
});

test('by keyboard alone: a template is made and deleted', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/prompts');
  await item(page, 'Coder').waitFor();
  const tabTo = async (name: string): Promise<void> => {
    for (let i = 0; i < 80 && (await focused(page)) !== name; i++) await page.keyboard.press('Tab');
    await soon(() => focused(page)).toBe(name);
  };
  await tabTo('New Template');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'New template' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.type('Mail');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('To {name}: ');
  await tabTo('Insert {clipboard}');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await tabTo('Add Template');
  await page.keyboard.press('Enter');
  await item(page, 'Mail').waitFor();
  await soon(() => template('Mail')()).toMatchObject({ text: 'To {name}: {clipboard}' });
  await tabTo('Delete Mail');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await item(page, 'Mail').waitFor({ state: 'detached' });
  await soon(() => template('Mail')()).toBeUndefined();
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('many, and long names; axe finds nothing, %s', async (theme) => {
  const long = 'A template with a name so long that no row can show it whole, whatever one does to';
  await rig.client.createTemplate({ body: { name: long.slice(0, 80), text: 'word '.repeat(2000), persona: 'Coder' } });
  for (let i = 0; i < 100; i++) await rig.client.createTemplate({ body: { name: `template ${i}`, text: `{a} {b:${i}} {selection}` } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/settings/prompts', { theme, width: 1180, height: 800 });
  await item(page, 'template 99').waitFor({ state: 'attached' });
  await axe();
  await shot(`prompts-many-${theme}`);
  await page.getByRole('button', { name: 'Edit template 7', exact: true }).click();
  const editor = page.getByRole('dialog', { name: 'Edit template 7' });
  await editor.waitFor();
  await axe();
  await page.setViewportSize({ width: 720, height: 600 });
  await shot(`prompts-template-narrow-${theme}`);
  await page.keyboard.press('Escape');
  await editor.waitFor({ state: 'detached' });
  await shot(`prompts-narrow-${theme}`);
  await page.getByRole('button', { name: 'View Coder' }).click();
  await page.getByRole('dialog', { name: 'Coder' }).waitFor();
  await axe();
  await shot(`prompts-persona-narrow-${theme}`);
  expectNoErrors();
});
