import type { Persona, Template } from '@mlx-manager/shared';
import { changesOf, personaBody, personaDraft, personaProblems, templateBody, templateDraft, templateProblems } from './template-draft.js';

const times = { createdAt: '', updatedAt: '' };
const template: Template = {
  id: 1,
  name: 'Mail',
  description: null,
  text: 'Write to {name}.\n',
  model: 'big',
  persona: 'Writer',
  variables: [],
  builtin: null,
  ...times,
};
const persona: Persona = {
  id: 1,
  name: 'Poet',
  description: 'Rhymes.',
  systemPrompt: 'Rhyme.',
  sampling: { topP: 0.9, temperature: 1 },
  builtin: false,
  ...times,
};

test('what was not touched changes nothing', () => {
  expect(changesOf(template, templateBody(templateDraft(template)))).toEqual({});
  expect(changesOf(persona, personaBody(personaDraft(persona)))).toEqual({});
});

test('only what was changed is sent; text stays as it was typed', () => {
  expect(changesOf(template, templateBody({ ...templateDraft(template), text: ' {x} ', model: ' ' }))).toEqual({
    text: ' {x} ',
    model: null,
  });
  expect(changesOf(persona, personaBody({ ...personaDraft(persona), topP: '', seed: '7' }))).toEqual({
    sampling: { temperature: 1, seed: 7 },
  });
});

test('problems as one types', () => {
  expect(templateProblems({ ...templateDraft(null), text: ' \n' })).toEqual({ name: 'Must be filled in.', text: 'Must be filled in.' });
  expect(personaProblems({ ...personaDraft(persona), temperature: 'hot', topP: '2', topK: '1.5' })).toEqual({
    temperature: 'Must be a number.',
    topP: 'Must be at most 1.',
    topK: 'Must be a whole number.',
  });
});
