/** After the last test of the project: every command was launched and every action it showed was pressed, or the run fails. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { untouched } from './account-report.mjs';

export default function teardown(globalConfig) {
  const folder = process.env.RAYCAST_HOST_ACCOUNT;
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../raycast-extension/package.json'), 'utf8'));
  const left = untouched(folder, manifest);
  rmSync(folder, { recursive: true, force: true });
  delete process.env.RAYCAST_HOST_ACCOUNT;
  const patterns = globalConfig.testPathPatterns?.patterns ?? [];
  const partial = patterns.length > 0 || globalConfig.testNamePattern || globalConfig.onlyChanged || globalConfig.shard;
  if (partial || left.length === 0) return;
  throw new Error(
    `The tests of the extension left ${left.length} untouched (each must be launched or pressed once):\n  ${left.join('\n  ')}`,
  );
}
