import { AgentError } from './agent-error.js';
import { roomHelps } from './room.js';

test('room helps a model that fits alone, and no other refusal', () => {
  const memory = (details: Record<string, unknown>): AgentError => new AgentError('NOT_ENOUGH_MEMORY', details);
  expect(roomHelps(memory({ neededGb: 3, budgetGb: 4 }))).toBe(true);
  expect(roomHelps(memory({ neededGb: '4.0', budgetGb: '4.0' }))).toBe(true);
  expect(roomHelps(memory({ neededGb: 5, budgetGb: 4 }))).toBe(false);
  // Another release may tell less: then it is asked.
  expect(roomHelps(memory({}))).toBe(true);
  expect(roomHelps(new AgentError('GROUP_CONFLICT', {}))).toBe(true);
  expect(roomHelps(new AgentError('ENGINE_NOT_INSTALLED', {}))).toBe(false);
});
