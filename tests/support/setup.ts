/** Before every test file: the real home folder and the real environment are out of reach. */
import { jest } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

for (const name of ['HF_HOME', 'HF_HUB_CACHE', 'HF_ENDPOINT', 'HF_TOKEN', 'MLX_MANAGER_HOME', 'MLX_MANAGER_PORT', 'XDG_CACHE_HOME']) {
  Reflect.deleteProperty(process.env, name);
}
process.env.HOME = mkdtempSync(join(tmpdir(), 'mlx-manager-home-'));
// Real processes and files on machines that may be busy: five seconds are too few. A file that needs more says so.
jest.setTimeout(30_000);
