import { AgentError, API_CALL, errorTable, type ErrorCode } from '@mlx-manager/shared';
import { adviceFor } from './advice.js';
import { toAgentError } from './api.js';

const codes = Object.keys(errorTable) as ErrorCode[];

test('no error tells a reader of the page to call the HTTP API, and each tells what to do', () => {
  const calls = codes.filter((code) => API_CALL.test(errorTable[code].action));
  expect(calls.length).toBeGreaterThan(20);
  for (const code of calls) {
    const { action } = toAgentError(new AgentError(code, {}));
    expect([code, action]).not.toEqual([code, '']);
    expect(action).not.toMatch(API_CALL);
  }
});

test('what a page of the window does is not left to a terminal', () => {
  const commands = codes.filter(
    (code) => /mlx-manager (?:pull|run|search|logs)/.test(errorTable[code].action) && errorTable[code].status > 0,
  );
  expect(commands.length).toBeGreaterThan(5);
  for (const code of commands) expect(toAgentError(new AgentError(code, {})).action).toMatch(/page (?:Models|Servers|Logs)/);
});

test('other advice stays as it is, as does all else of an error', () => {
  const plain = new AgentError('DISK_FULL', {});
  expect(toAgentError(plain)).toBe(plain);
  const cause = new AgentError('PROFILE_NOT_FOUND', { profile: 7 });
  const told = toAgentError(cause);
  expect(told).toMatchObject({ code: 'PROFILE_NOT_FOUND', status: 404, message: 'There is no profile 7.', details: { profile: 7 }, cause });
  expect(toAgentError(told)).toBe(told);
  expect(toAgentError(new AgentError('UNAUTHORIZED', {})).action).toContain('npx mlx-manager open');
  expect(adviceFor(null, 'Get it with: mlx-manager pull x')).toBe('Get it with: mlx-manager pull x');
  expect(adviceFor('A_NEWER_CODE', 'Wait a moment. Then see GET /api/x.')).toBe('Wait a moment.');
});
