/** Routing rules and providers in the settings, in a Chromium against a real agent and a stand-in for a service. */
import { jest } from '@jest/globals';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';
import type { RoutingRuleInput } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import { json, startProvider, type StandInProvider } from '../support/provider.js';
import { openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(180_000);

let rig: Rig;
let service: StandInProvider;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)] } });
  service = await startProvider(json(200, { object: 'list', data: [{ id: 'gpt-5' }, { id: 'gpt-5-mini' }] }));
});
afterEach(async () => {
  await endRig(rig);
  await service.stop();
});

const profile = (name: string) => rig.client.createProfile({ body: { name, modelPath: tinyModel } });
const rules = async () => (await rig.client.listRules()).map(({ name }) => name);
const rule = (name: string, more: Partial<RoutingRuleInput> = {}) => rig.client.createRule({ body: { name, ...more } });
const none = { models: [], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] };
const item = (page: Page, name: string) => page.getByRole('listitem', { name, exact: true });
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
/** Resolves when the list shows these rules in this order. */
const shown = (page: Page, names: readonly string[]) =>
  page.waitForFunction(
    (wanted) => [...document.querySelectorAll('ol[aria-label=Rules] > li')].map((row) => row.getAttribute('aria-label')).join() === wanted,
    names.join(),
  );
async function pick(page: Page, name: string, text: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name, exact: true }).fill(text);
  await page.getByRole('option', { name: option }).click();
}

test('by mouse: a rule with every condition is made, read, tested, changed, switched off, deleted', async () => {
  const big = await profile('Big');
  await profile('Small');
  await rig.client.createProvider({
    body: { name: 'Cloud', protocol: 'openai', baseUrl: 'https://api.example.com/v1', models: ['gpt-5'] },
  });
  const { page, shot, expectNoErrors } = await openPage(rig, '/settings/routing', { height: 900 });
  await page.getByText('No rule yet').waitFor();
  await shot('routing-empty');
  await page.getByRole('switch', { name: 'Use the routing rules' }).click();
  await page.getByText('Every request is held against the rules below.').waitFor();
  await soon(async () => (await rig.client.getSettings()).routingEnabled).toBe(true);

  await page.getByRole('button', { name: 'New Rule' }).click();
  const editor = page.getByRole('dialog', { name: 'New rule' });
  await editor.getByText('Always → stays on this Mac').waitFor();
  await editor.getByRole('textbox', { name: 'Name', exact: true }).fill('long ones');
  await editor.getByLabel('Models').fill('gpt-*,');
  await editor.getByRole('textbox', { name: 'Prompt of at least' }).fill('8,000');
  await editor.getByRole('textbox', { name: 'Prompt of at most' }).fill('10');
  await editor.getByText('Is less than the fewest.').waitFor();
  await editor.getByRole('textbox', { name: 'Prompt of at most' }).fill('');
  await editor.getByRole('checkbox', { name: 'Tools' }).click();
  await editor.getByRole('checkbox', { name: 'OpenAI' }).click();
  await editor.getByLabel('Clients').fill('Zed*,');
  await editor.getByLabel('API keys').fill('ci,');
  await editor.getByRole('checkbox', { name: 'Sat' }).click();
  await editor.getByLabel('From').fill('22:00');
  await editor.getByRole('button', { name: 'Add Rule' }).click();
  await editor.getByText('Say when it ends.').waitFor();
  await editor.getByLabel('To', { exact: true }).fill('06:00');
  await pick(page, 'Answered by', 'big', /Big/);
  await editor.getByRole('button', { name: 'Add Fallback' }).click();
  await editor.getByRole('button', { name: 'Add Rule' }).click();
  await editor.getByText('Choose who answers.').waitFor();
  await pick(page, 'Fallback 1', 'clo', /Cloud/);
  await editor.getByLabel('Model of fallback 1').fill('gpt-4');
  await editor.getByText(/Cloud is not set up for the model gpt-4/).waitFor();
  await editor.getByLabel('Model of fallback 1').fill('gpt-5');
  await editor.getByRole('checkbox', { name: 'It does not fit into memory' }).click();
  await editor.getByText(/Such requests leave this Mac/).waitFor();
  await shot('routing-editor');
  await editor.getByRole('button', { name: 'Add Rule' }).click();
  await editor.waitFor({ state: 'detached' });

  const row = item(page, 'long ones');
  await row
    .getByText(
      'When model is gpt-*, prompt ≥ 8,000 tokens, it needs tools, the client speaks OpenAI, client is Zed*, key is ci and it is on Sat from 22:00 to 06:00 → ' +
        'Profile Big, else on failure or a full queue → Provider Cloud with gpt-5',
    )
    .waitFor();
  await row.getByText('Cloud has no key yet.').waitFor();
  await row.getByText('leaves this Mac').waitFor();
  await soon(async () => (await rig.client.listRules())[0]).toMatchObject({
    match: {
      ...none,
      models: ['gpt-*'],
      minTokens: 8000,
      capabilities: ['tools'],
      protocols: ['openai'],
      clients: ['Zed*'],
      keys: ['ci'],
      time: { days: ['sat'], from: '22:00', to: '06:00' },
    },
    target: { profileId: big.id, providerId: null },
    fallbacks: [{ model: 'gpt-5' }],
    fallbackOn: ['failed', 'full'],
  });

  // The tester says who takes a request, and why the others do not.
  await rule('small talk', { match: { ...none, models: ['gpt-*'] }, target: { profileId: big.id, providerId: null, model: null } });
  await rule('rest');
  await page.getByRole('button', { name: 'Test…' }).click();
  const tester = page.getByRole('dialog', { name: 'Test the rules' });
  await tester.getByRole('button', { name: 'Test' }).click();
  await tester.getByText('Must be filled in.').waitFor();
  await tester.getByLabel('Model').fill('gpt-4o');
  await tester.getByLabel('Client').fill('Zed/1');
  await tester.getByLabel('API key').fill('ci');
  // A Saturday, in local time.
  await tester.getByLabel('When').fill('2026-11-21T23:00');
  await tester.getByRole('button', { name: 'Test' }).click();
  await tester.getByText('Taken by small talk').waitFor();
  await tester.getByText('The request does not need "tools".').waitFor();
  await tester.getByText('rest is not asked: the first that fits decides.').waitFor();
  await tester.getByRole('checkbox', { name: 'Tools' }).click();
  await tester.getByLabel('Prompt').fill('9000');
  await tester.getByRole('button', { name: 'Test' }).click();
  await tester.getByText('Taken by long ones').waitFor();
  await tester.getByText('Answered by the profile Big, else the provider Cloud with gpt-5.').waitFor();
  await tester.getByText('Cloud has no key yet.').waitFor();
  await shot('routing-tester');
  // What is shown stays true when somebody else changes something.
  const id = (await rig.client.listRules())[0]?.id ?? 0;
  await rig.client.updateRule({ params: { id }, body: { enabled: false } });
  await tester.getByText('Taken by small talk').waitFor();
  await tester.getByText('It is switched off.').waitFor();
  await rig.client.updateSettings({ body: { routingEnabled: false } });
  await tester.getByText('The rules are switched off now').waitFor();
  await tester.getByRole('button', { name: 'Close' }).click();
  await tester.waitFor({ state: 'detached' });

  await page.getByRole('switch', { name: 'Use long ones' }).click();
  await row.getByText('off', { exact: true }).waitFor({ state: 'detached' });
  // A profile that is deleted: the rule says so, and can be pointed elsewhere.
  await rig.client.deleteProfile({ params: { id: big.id } });
  await row.getByText('Its profile was deleted. Point it at another one. Until then it is passed over.').waitFor();
  await shot('routing-broken');
  await page.getByRole('button', { name: 'Edit long ones' }).click();
  const change = page.getByRole('dialog', { name: 'Edit long ones' });
  await change.getByText('Its profile was deleted.').waitFor();
  await pick(page, 'Answered by', 'small', /Small/);
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  await row.getByText('cannot work').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'More for long ones' }).click();
  await page.getByRole('menuitem', { name: 'Duplicate…' }).click();
  await page.getByRole('dialog', { name: 'New rule' }).getByRole('button', { name: 'Add Rule' }).click();
  await shown(page, ['long ones', 'long ones copy', 'small talk', 'rest']);
  await page.getByRole('button', { name: 'More for rest' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await shown(page, ['long ones', 'long ones copy', 'small talk']);
  await soon(() => rules()).toEqual(['long ones', 'long ones copy', 'small talk']);
  expectNoErrors();
});

test('rules are put in order by dragging, by keys and by the menu; the focus stays on the rule', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await rule(name);
  const { page, expectNoErrors } = await openPage(rig, '/settings/routing');
  await shown(page, ['a', 'b', 'c', 'd']);
  const handle = (name: string) => page.getByRole('button', { name: new RegExp(`^Move ${name},`) });
  await handle('a').dragTo(item(page, 'c'), { targetPosition: { x: 200, y: 40 } });
  await shown(page, ['b', 'c', 'a', 'd']);
  await handle('d').dragTo(item(page, 'b'), { targetPosition: { x: 200, y: 5 } });
  await shown(page, ['d', 'b', 'c', 'a']);

  await handle('b').focus();
  // Quick presses behind each other end where they lead.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await shown(page, ['d', 'c', 'a', 'b']);
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move b, 4 of 4');
  await page.getByText('b is now 4 of 4.').waitFor({ state: 'attached' });
  await page.keyboard.press('Home');
  await shown(page, ['b', 'd', 'c', 'a']);
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move b, 1 of 4');
  await page.getByRole('button', { name: 'More for a' }).click();
  await page.getByRole('menuitem', { name: 'Move Up' }).click();
  await shown(page, ['b', 'd', 'a', 'c']);
  await page.reload();
  await shown(page, ['b', 'd', 'a', 'c']);
  // An order that another window made comes by itself.
  const ids = (await rig.client.listRules()).map(({ id }) => id);
  await rig.client.orderRules({ body: { ids: ids.toReversed() } });
  await shown(page, ['c', 'a', 'd', 'b']);
  expectNoErrors();
});

test('by keyboard alone: a rule is made, tested, deleted', async () => {
  await profile('Big');
  const { page, expectNoErrors } = await openPage(rig, '/settings/routing');
  await page.getByText('No rule yet').waitFor();
  const tabTo = async (name: string | RegExp): Promise<void> => {
    const there = async (): Promise<boolean> =>
      typeof name === 'string' ? (await focused(page)) === name : name.test(await focused(page));
    for (let i = 0; i < 80 && !(await there()); i++) await page.keyboard.press('Tab');
    await soon(() => focused(page)).toEqual(expect.stringMatching(name));
  };
  await tabTo('New Rule');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'New rule' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.type('mine');
  await tabTo('Answered by');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Big');
  await page.getByRole('option', { name: /Big/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Always → Profile Big').waitFor();
  await tabTo('Add Rule');
  await page.keyboard.press('Enter');
  await item(page, 'mine').waitFor();
  await tabTo('Test…');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Test the rules' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.type('anything');
  await page.keyboard.press('Enter');
  await page.getByText('Taken by mine').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await tabTo('More for mine');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('No rule yet').waitFor();
  expectNoErrors();
});

test('by mouse: a provider is added, tested, changed; its key is never shown; in use it is not deleted', async () => {
  const { page, shot, expectNoErrors } = await openPage(rig, '/settings/providers', { expected: /409/ });
  await page.getByText('No provider yet').waitFor();
  await page.getByText('Nothing leaves this Mac by itself.').waitFor();
  await shot('providers-empty');
  await page.getByRole('button', { name: 'Add Provider' }).click();
  const editor = page.getByRole('dialog', { name: 'Add a provider' });
  await editor.getByRole('combobox', { name: 'Service' }).click();
  await page.getByRole('option', { name: /^Anthropic/ }).click();
  await soon(() => editor.getByRole('textbox', { name: 'Address' }).inputValue()).toBe('https://api.anthropic.com');
  await editor.getByText(/prompts, files and tool results go to api.anthropic.com/).waitFor();
  await editor.getByRole('combobox', { name: 'Service' }).click();
  await page.getByRole('option', { name: /^OpenAI/ }).click();
  await editor.getByText(/Made at platform.openai.com/).waitFor();
  await editor.getByRole('textbox', { name: 'Name', exact: true }).fill('Service');
  await editor.getByRole('textbox', { name: 'Address' }).fill('http://api.example.com');
  await editor.getByText(/Must be https/).waitFor();
  await editor.getByRole('textbox', { name: 'Address' }).fill(`${service.url}/v1`);
  await editor.getByText('Must be https').waitFor({ state: 'detached' });
  await editor.getByLabel('Key', { exact: true }).fill('sk a');
  await editor.getByText(/no spaces/).waitFor();
  await editor.getByLabel('Key', { exact: true }).fill('sk-secret-of-mine');
  await editor.getByRole('button', { name: 'Add Header' }).click();
  await editor.getByLabel('Name of header 1').fill('Authorization');
  await editor.getByLabel('Value of header 1').fill('MLX');
  await editor.getByText('Authorization: Is set by the agent; a secret is given as key.').waitFor();
  await editor.getByLabel('Name of header 1').fill('X-Title');
  await shot('providers-editor');
  await editor.getByRole('button', { name: 'Add', exact: true }).click();
  await editor.waitFor({ state: 'detached' });
  const card = page.getByRole('group', { name: 'Service', exact: true });
  await card.getByText('key kept').waitFor();
  await card.getByText('this Mac or its network').waitFor();
  await card.getByText('none, so it is not asked').waitFor();

  await page.getByRole('button', { name: 'Test Service' }).click();
  await card.getByText('Service answers and lists 2 models.').waitFor();
  expect(service.asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer sk-secret-of-mine', 'x-title': 'MLX' });
  await card.getByText('2 models', { exact: true }).click();
  await card.getByText('gpt-5-mini').waitFor();
  await shot('providers-tested');
  service.answer = json(401, { error: { message: 'Incorrect API key provided' } });
  await page.getByRole('button', { name: 'Test Service' }).click();
  await card.getByText(/does not accept the key/).waitFor();
  await card.getByText(/Status 401/).waitFor();

  const provider = (await rig.client.listProviders())[0];
  await rule('to the cloud', { target: { profileId: null, providerId: provider?.id ?? 0, model: null } });
  await card.getByText('to the cloud').waitFor();
  await page.getByRole('button', { name: 'More for Service' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const refused = page.getByRole('dialog', { name: 'Service is in use' });
  await refused.getByText('to the cloud').waitFor();
  await refused.getByRole('button', { name: 'Close' }).last().click();
  await refused.waitFor({ state: 'detached' });

  // Another host: the key stays behind, and the editor says so before.
  await page.getByRole('button', { name: 'Edit Service' }).click();
  const change = page.getByRole('dialog', { name: 'Edit Service' });
  await soon(() => change.getByLabel('Key', { exact: true }).inputValue()).toBe('');
  await soon(() => page.content()).not.toContain('sk-secret-of-mine');
  await change.getByRole('textbox', { name: 'Address' }).fill('https://api.example.com/v1');
  await change.getByText(/the key that is kept is forgotten/).waitFor();
  await change.getByLabel('Models').fill('gpt-5,gpt-5-mini,');
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  await card.getByText('no key').waitFor();
  await card.getByText('gpt-5, gpt-5-mini').waitFor();
  await rig.client.updateProvider({ params: { id: provider?.id ?? 0 }, body: { key: 'sk-2' } });
  await card.getByText('key kept').waitFor();
  await page.getByRole('button', { name: 'More for Service' }).click();
  await page.getByRole('menuitem', { name: 'Forget Key…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Forget Key' }).click();
  await card.getByText('no key').waitFor();
  for (const { id } of await rig.client.listRules()) await rig.client.deleteRule({ params: { id } });
  await card.getByText('none, so it is not asked').waitFor();
  await page.getByRole('button', { name: 'More for Service' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No provider yet').waitFor();
  expectNoErrors();
});

test('by keyboard alone: a provider is added and tested', async () => {
  const { page, expectNoErrors } = await openPage(rig, '/settings/providers');
  await page.getByText('No provider yet').waitFor();
  const tabTo = async (name: string): Promise<void> => {
    for (let i = 0; i < 60 && (await focused(page)) !== name; i++) await page.keyboard.press('Tab');
    await soon(() => focused(page)).toBe(name);
  };
  await tabTo('Add Provider');
  await page.keyboard.press('Enter');
  const editor = page.getByRole('dialog', { name: 'Add a provider' });
  await editor.waitFor();
  await editor.getByRole('combobox', { name: 'Service' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: /^LM Studio/ }).waitFor();
  await page.keyboard.type('LM');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some(({ value }) => value === 'http://127.0.0.1:1234/v1'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(service.url);
  await page.keyboard.press('Enter');
  await editor.waitFor({ state: 'detached' });
  await tabTo('Test LM Studio');
  await page.keyboard.press('Enter');
  await page.getByText('LM Studio answers and lists 2 models.').waitFor();
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('200 rules and long names: quick to move, axe finds nothing, %s', async (theme) => {
  const long = 'A rule with a name so long that no row can show it whole, whatever one does to it';
  const { id } = await rig.client.createProvider({
    body: {
      name: 'A provider of a name that is as long as it may be - 64 letters',
      protocol: 'openai',
      baseUrl: 'https://api.example.com/v1',
    },
  });
  await rule(long.slice(0, 80), {
    match: { ...none, models: Array.from({ length: 40 }, (_, i) => `some-organization/a-model-of-a-long-name-${i}`) },
    target: { profileId: null, providerId: id, model: 'an-endless-model-name-'.repeat(8) },
  });
  for (let i = 1; i < 200; i++) await rule(`rule ${i}`, { enabled: i % 3 !== 0, match: { ...none, minTokens: i } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/settings/routing', { theme, width: 1180, height: 800 });
  await item(page, 'rule 199').waitFor({ state: 'attached' });
  await axe();
  await shot(`routing-many-${theme}`);
  const last = page.getByRole('button', { name: /^Move rule 199,/ });
  await last.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move rule 199, 1 of 200');
  await page.setViewportSize({ width: 720, height: 600 });
  await shot(`routing-narrow-${theme}`);
  await page.getByRole('button', { name: 'New Rule' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add Fallback' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add Rule' }).click();
  await page.getByText('Choose who answers.').waitFor();
  await axe();
  await shot(`routing-editor-narrow-${theme}`);
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Test…' }).click();
  await page.getByRole('dialog').getByLabel('Model').fill('x');
  await page.keyboard.press('Enter');
  await page.getByText('Taken by').waitFor();
  await axe();
  await shot(`routing-tester-narrow-${theme}`);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Providers' }).first().click();
  await page.getByRole('button', { name: /^Test A provider/ }).waitFor();
  await axe();
  await shot(`providers-narrow-${theme}`);
  await page.getByRole('button', { name: 'Add Provider' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add Header' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Must be filled in.').first().waitFor();
  await axe();
  await shot(`providers-editor-narrow-${theme}`);
  expectNoErrors();
});
