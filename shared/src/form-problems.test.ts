import { problemsOf, readWire } from './form-problems.js';
import { apiKeyCreate, providerCreate, promptsExport, routingRuleCreate, samplingDefaults } from './schemas/index.js';

/** The first problem of each field. */
const at = (problems: ReturnType<typeof problemsOf>): Record<string, string> =>
  Object.fromEntries(problems.toReversed().map(({ path, problem }) => [path.join('.'), problem]));

test('what the agent would take has no problem, with defaults left out', () => {
  expect(problemsOf(apiKeyCreate, { name: 'ci' })).toEqual([]);
  expect(problemsOf(routingRuleCreate, { name: 'r' })).toEqual([]);
});

test('problems are told per field, in words', () => {
  expect(at(problemsOf(apiKeyCreate, { name: '  ', requestsPerMinute: Number.NaN, tokensPerMinute: 0, models: [] }))).toEqual({
    name: 'Must be filled in.',
    requestsPerMinute: 'Must be a number.',
    tokensPerMinute: 'Must be at least 1.',
    models: 'At least one is needed.',
  });
  expect(at(problemsOf(apiKeyCreate, { name: 'x'.repeat(81), requestsPerMinute: 1.5, expiresAt: 'soon' }))).toEqual({
    name: 'At most 80 characters.',
    requestsPerMinute: 'Must be a whole number.',
    expiresAt: 'Must be a date and time.',
  });
  expect(at(problemsOf(samplingDefaults, { temperature: Number.NaN, topP: 2 }))).toEqual({
    temperature: 'Must be a number.',
    topP: 'Must be at most 1.',
  });
  expect(at(problemsOf(apiKeyCreate, { name: 'a\u0007b' })).name).toBe('May not hold control characters.');
});

test('fields inside of others are named as TypeScript names them', () => {
  const match = { models: [], minTokens: -1, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] };
  const time = { days: [], from: '25:00', to: null };
  expect(at(problemsOf(routingRuleCreate, { name: 'r', match: { ...match, time }, fallbackOn: [] }))).toEqual({
    'match.minTokens': 'Must be at least 0.',
    'match.time.from': 'Must be HH:MM.',
    fallbackOn: 'At least one is needed.',
  });
  expect(
    at(problemsOf(providerCreate, { name: 'P', protocol: 'openai', baseUrl: 'http://example.com', headers: { Authorization: 'x' } })),
  ).toEqual({
    baseUrl: 'Must be https: only addresses of this machine or its own network may be http.',
    'headers.Authorization': 'Is set by the agent; a secret is given as key.',
  });
  expect(at(problemsOf(providerCreate, { name: 'P', protocol: 'openai', baseUrl: 'nonsense' })).baseUrl).toMatch(/^Must be an address/);
});

test('a file is read, or refused with what is wrong', () => {
  const file = { format: 'mlx-manager/prompts', version: 1, personas: [{ name: 'P', system_prompt: 'Be brief.' }] };
  const read = readWire(promptsExport, file);
  expect('value' in read && read.value.personas[0]?.systemPrompt).toBe('Be brief.');
  const refused = readWire(promptsExport, { format: 'other', version: 1 });
  expect('problems' in refused && at(refused.problems)).toEqual({ format: 'Must be one of mlx-manager/prompts.' });
});
