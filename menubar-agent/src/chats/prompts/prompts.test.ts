import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templateNeeds, type Persona, type PromptsExport } from '@mlx-manager/shared';
import { EventBus, systemClock } from '../../core/index.js';
import { migrations, openDatabase, PromptsRepository, type Connection } from '../../store/index.js';
import { builtinPersonas, builtinTemplates, FIRST_OWN_ID } from './builtin.js';
import { numbered } from './names.js';
import { PromptsService } from './service.js';

let folder: string;
let db: Connection;
let heard: string[];
let kept: Persona[];
let prompts: PromptsService;

/** Fails where a disk may. */
class FullTable extends PromptsRepository {
  override insert(row: Parameters<PromptsRepository['insert']>[0]): number {
    if (row.name === 'Full') throw new Error('disk full');
    return super.insert(row);
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-prompts-'));
  db = openDatabase(join(folder, 'test.db'), migrations);
  const bus = new EventBus((error) => {
    throw error;
  });
  heard = [];
  bus.onAny(({ type }) => heard.push(type));
  kept = [];
  const keepInChats = (persona: Persona): void => void kept.push(persona);
  const repositories = { personas: new PromptsRepository(db, 'personas'), templates: new FullTable(db, 'templates') };
  prompts = new PromptsService({ ...repositories, bus, clock: systemClock, keepInChats });
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const voice = { name: 'Voice', description: null, systemPrompt: 'Sing.', sampling: { seed: 1, topP: 0.5 } };
const place = { name: 'Place', description: null, text: 'x', model: null, persona: null };
const file = (changes: Partial<PromptsExport>): PromptsExport => ({
  format: 'mlx-manager/prompts',
  version: 1,
  personas: [],
  templates: [],
  ...changes,
});

test('those of the product: numbers below the own ones, each its own; every template works on the selection', () => {
  for (const list of [builtinPersonas, builtinTemplates]) {
    const ids = list.map((one) => one.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...ids)).toBeLessThan(FIRST_OWN_ID);
  }
  for (const { text } of builtinTemplates) expect(templateNeeds(text)).toEqual({ selection: true, clipboard: false });
  expect(prompts.createPersona(voice).id).toBe(FIRST_OWN_ID);
});

test('an import that fails in the middle leaves nothing, and nobody hears of it', () => {
  const broken = file({ personas: [voice], templates: [place, { ...place, name: 'Full' }] });
  expect(() => prompts.import(broken)).toThrow('disk full');
  expect(prompts.personas()).toHaveLength(builtinPersonas.length);
  expect(prompts.templates()).toHaveLength(builtinTemplates.length);
  expect(heard).toEqual([]);
  prompts.createPersona({ ...voice, name: 'Later' });
  expect(heard).toEqual(['persona.updated']);
});

test('an import keeps names apart: from those of the product, from each other, up to the longest', () => {
  const long = 'n'.repeat(80);
  const personas = [
    { ...voice, name: 'coder' },
    { ...voice, name: 'CODER', systemPrompt: 'Else.' },
    { ...voice, name: long },
    { ...voice, name: long, systemPrompt: 'Else.' },
  ];
  const templates = [
    { ...place, persona: 'Coder' },
    { ...place, name: 'Far', persona: 'Not here' },
  ];
  const got = prompts.import(file({ personas, templates }));
  expect(got.personas.map((one) => one.name)).toEqual(['coder 2', 'CODER 3', long, `${'n'.repeat(78)} 2`]);
  // The last of two with one name is the one a template of the file means.
  expect(got.templates.map((one) => one.persona)).toEqual(['CODER 3', 'Not here']);
  expect(prompts.import(file({ personas, templates }))).toEqual({ personas: [], templates: [], unchanged: 6 });
  // A template with a persona that is not here can be changed all the same.
  expect(prompts.updateTemplate(got.templates[1]!.id, { text: 'y' })).toMatchObject({ text: 'y', persona: 'Not here' });
});

test('what differs in the order of its keys alone is the same', () => {
  prompts.createPersona(voice);
  expect(prompts.import(file({ personas: [{ ...voice, sampling: { topP: 0.5, seed: 1 } }] })).unchanged).toBe(1);
});

test('a persona that goes is kept by the chats, and templates do without', () => {
  const { id } = prompts.createPersona(voice);
  const template = prompts.createTemplate({ ...place, persona: 'VOICE' });
  prompts.removePersona(id);
  expect(kept).toMatchObject([voice]);
  expect(prompts.templates().find((one) => one.id === template.id)?.persona).toBeNull();
  expect(prompts.findPersona(id)).toBeNull();
  expect(prompts.findPersona(1)?.name).toBe('Coder');
  expect(() => prompts.persona(id)).toThrow('There is no persona 1000.');
});

test('a thousand of each are imported, twice', () => {
  const many = <T extends { name: string }>(one: T): T[] => Array.from({ length: 1000 }, (_, i) => ({ ...one, name: `${one.name} ${i}` }));
  const all = file({ personas: many(voice), templates: many({ ...place, persona: 'Voice 999' }) });
  expect(prompts.import(all).templates).toHaveLength(1000);
  expect(prompts.import(all).unchanged).toBe(2000);
  expect(prompts.export('all').personas.map((one) => one.name)).toEqual(all.personas.map((one) => one.name).sort());
});

test('names are numbered from 2 on', () => {
  const names = numbered('A');
  expect([names.next().value, names.next().value, names.next().value]).toEqual(['A', 'A 2', 'A 3']);
});
