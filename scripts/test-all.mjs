/** `npm test`: type check, lint, the extension by Raycast's own tools, then every jest project with coverage; ends with one line that counts. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** Runs everything; a part that fails does not hide the others. Answers the exit code. */
export async function testAll({ build, typecheck, lint, buildExtension, lintExtension, jest, args }) {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const report = join(cache, 'jest-results.json');
  const summary = join(cache, 'test-summary.txt');
  writeFileSync(report, '{}');

  let passed = 0;
  let failed = 0;
  const part = async (name, work) => {
    process.stdout.write(`\n▸ ${name}\n`);
    const ok = (await work()) === 0;
    process.stdout.write(`${ok ? '✓' : '✗'} ${name}\n`);
    if (ok) passed++;
    else failed++;
    return ok;
  };

  await part('build', build);
  await part('type check', typecheck);
  await part('lint, format and room boundaries', lint);
  await part('extension: ray build', buildExtension);
  await part('extension: ray lint', lintExtension);

  process.stdout.write('\n▸ unit, engine and cross-package tests\n');
  const code = await jest(['--coverage', '--json', `--outputFile=${report}`, ...args], {
    MLX_MANAGER_ENGINES_DIR: process.env.MLX_MANAGER_ENGINES_DIR ?? join(cache, 'engines'),
  });
  const results = JSON.parse(readFileSync(report, 'utf8'));
  passed += results.numPassedTests ?? 0;
  // A suite that could not run at all has no failed test of its own.
  failed += (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0);
  if (code !== 0 && failed === 0) failed = 1;

  const line = `${passed} passed, ${failed} failed`;
  writeFileSync(summary, `${line}\n`);
  process.stdout.write(`\n${line}\n`);
  return failed === 0 ? 0 : 1;
}
