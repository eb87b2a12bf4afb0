/** With the Pythons of this machine, and small programs that pretend to be others. */
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPython, findPython, inspectPython, pythonRangeText } from './python.js';

const anyPython = { min: 10, below: null };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that answers our question as it likes. */
function pretend(name: string, answer: Record<string, unknown> | string): string {
  const path = join(folder, name);
  const said =
    typeof answer === 'string'
      ? answer
      : `echo '${JSON.stringify({ path, version: [3, 11, 2], bits: 64, machine: 'arm64', implementation: 'cpython', nogil: false, venv: true, ...answer })}'`;
  writeFileSync(path, `#!/bin/sh\n${said}\n`, { mode: 0o755 });
  return path;
}

test('the machine has a Python that fits, found as the interpreter itself', async () => {
  const found = await findPython(anyPython, { setting: null, uv: null });
  expect(found.minor).toBeGreaterThanOrEqual(10);
  expect(found.canMakeVenv).toBe(true);
  expect((await inspectPython(found.path, anyPython)).path).toBe(found.path);
  expect(await checkPython(found.path)).toEqual(found);
});

test.each([
  ['too old', { version: [3, 9, 1] }, 'it is version 3.9.1'],
  ['Python 2', { version: [2, 7, 18] }, 'it is version 2.7.18'],
  ['32 bits', { bits: 32 }, 'it has 32 bits'],
  ['PyPy', { implementation: 'pypy' }, 'it is pypy, not CPython'],
  ['free-threaded', { nogil: true }, 'it is the free-threaded build, for which most packages have no wheels'],
  ['silent', 'exit 0', 'it does not answer as a Python does'],
  ['failing', 'echo no >&2; exit 3', 'it does not run (no)'],
])('%s is refused', async (_name, answer, reason) => {
  await expect(checkPython(pretend('python3', answer))).rejects.toMatchObject({
    code: 'PYTHON_UNSUITABLE',
    details: { reason, range: '>=3.10' },
  });
});

test('what is no program is refused with the reason', async () => {
  await expect(checkPython(join(folder, 'none'))).rejects.toMatchObject({
    code: 'PYTHON_UNSUITABLE',
    details: { reason: 'there is no such file' },
  });
  writeFileSync(join(folder, 'text'), 'x', { mode: 0o644 });
  await expect(checkPython(join(folder, 'text'))).rejects.toMatchObject({ details: { reason: 'it is not executable' } });
  await expect(checkPython('python3')).rejects.toMatchObject({ details: { reason: 'it is not an absolute path' } });
});

test('a Python below the upper bound is taken, one above is not', async () => {
  const range = { min: 11, below: 13 };
  expect(pythonRangeText(range)).toBe('>=3.11 <3.13');
  await expect(inspectPython(pretend('a', { version: [3, 13, 0] }), range)).rejects.toMatchObject({
    details: { reason: 'it is version 3.13.0' },
  });
  await expect(inspectPython(pretend('b', { version: [3, 12, 9] }), range)).resolves.toMatchObject({ minor: 12, version: '3.12.9' });
});

test('the setting stands over what would be found, and is not passed over when it does not fit', async () => {
  const own = pretend('mine', { version: [3, 12, 0] });
  expect(await findPython(anyPython, { setting: own, uv: null })).toMatchObject({ path: own, version: '3.12.0' });
  await expect(findPython({ min: 13, below: null }, { setting: own, uv: null })).rejects.toMatchObject({ code: 'PYTHON_UNSUITABLE' });
});

test('3.12 goes before 3.11, 3.13 and 3.10; shims that fail and Pythons without venv are passed over', async () => {
  const looking = { setting: null, uv: null, folders: [folder] };
  pretend('python3.10', { version: [3, 10, 0] });
  pretend('python3.13', { version: [3, 13, 0] });
  expect(await findPython({ min: 10, below: 14 }, looking)).toMatchObject({ minor: 13 });
  pretend('python3.11', { version: [3, 11, 0], venv: false });
  pretend('python3.12', 'echo "pyenv: python3.12: command not found" >&2; exit 127');
  expect(await findPython({ min: 10, below: 14 }, looking)).toMatchObject({ minor: 13 });
  pretend('python3.12', {
    version: [3, 12, 4],
  });
  expect(await findPython({ min: 10, below: 14 }, looking)).toMatchObject({ minor: 12 });
});

test('none at all says what to do on macOS', async () => {
  mkdirSync(join(folder, 'empty'));
  const lines: string[] = [];
  pretend('python3.90', {});
  const looking = findPython(
    { min: 90, below: null },
    { setting: null, uv: null, env: { PATH: folder, HOME: folder }, onLine: (line) => lines.push(line) },
  );
  await expect(looking).rejects.toMatchObject({
    code: 'PYTHON_NOT_FOUND',
    status: 503,
    action: expect.stringContaining('brew install uv') as string,
  });
});
