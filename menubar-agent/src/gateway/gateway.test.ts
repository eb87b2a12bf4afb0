import type { Profile } from '@mlx-manager/shared';
import { nearestNames, resolveModel } from './index.js';
import { withProfileDefaults } from './request.js';

const profile = (id: number, name: string, modelPath: string, aliases: string[] = []): Profile =>
  ({ id, name, modelPath, aliases }) as Profile;
const profiles = [
  profile(1, 'Coding', 'org/Coder-7B', ['code']),
  profile(2, 'Coding Fast', 'org/Coder-7B'),
  profile(3, 'Chat', 'org/Chat-3B'),
];
const find = (name: string, runs: number[] = []) => resolveModel(name, { profiles: () => profiles, isRunning: (id) => runs.includes(id) });

test.each([
  ['Coding', 1],
  ['coding', 1],
  ['CODE', 1],
  ['Coding Fast', 2],
  ['org/chat-3b', 3],
  ['org/Coder-7B', 1],
])('%s is answered by profile %i', (name, id) => {
  expect(find(name).id).toBe(id);
});

test('of several profiles of a model the running one answers', () => {
  expect(find('org/Coder-7B', [2]).id).toBe(2);
});

test('an unknown name is told with the nearest ones', () => {
  expect(() => find('Codng')).toThrow(expect.objectContaining({ code: 'UNKNOWN_MODEL', message: expect.stringContaining('"Coding"') }));
  expect(() => find('something quite else')).toThrow(expect.objectContaining({ details: expect.objectContaining({ near: [] }) }));
});

test.each([
  ['qwen', ['qwen3', 'llama'], ['qwen3']],
  ['lama', ['qwen3', 'llama'], ['llama']],
  ['x', ['qwen3'], []],
])('near %s', (wanted, names, near) => {
  expect(nearestNames(wanted, names)).toEqual(near);
});

describe('a profile’s defaults', () => {
  const owner = { systemPrompt: 'Be kind.', sampling: { temperature: 0.3, topP: 0.9, maxTokens: 50 } };
  const messages = [{ role: 'user', content: 'Hi' }];

  test('stand where the client says nothing', () => {
    expect(withProfileDefaults({ model: 'm', messages }, owner)).toEqual({
      model: 'm',
      temperature: 0.3,
      top_p: 0.9,
      max_tokens: 50,
      messages: [{ role: 'system', content: 'Be kind.' }, ...messages],
    });
  });

  test('give way to what the client says', () => {
    const body = {
      model: 'm',
      temperature: 0,
      max_completion_tokens: 9,
      messages: [{ role: 'system', content: 'Be brief.' }, ...messages],
    };
    expect(withProfileDefaults(body, owner)).toEqual({ ...body, top_p: 0.9 });
  });

  test('leave the client’s request as it was', () => {
    const body = { model: 'm', messages };
    withProfileDefaults(body, owner);
    expect(body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
  });
});
