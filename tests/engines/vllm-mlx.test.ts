/** The real vllm-mlx with what it writes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAdapter } from '../../menubar-agent/src/engines/index.js';
import { installedEngine, startEngine } from '../support/engines.js';

test('serves a multimodal model and leaves nothing in the home folder when it ends', async () => {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  const adapter = getAdapter('vllm-mlx');
  const inHome: typeof adapter = {
    ...adapter,
    command: (spec, environment) => {
      const command = adapter.command(spec, environment);
      return { ...command, env: { ...command.env, HOME: home } };
    },
  };
  const engine = await startEngine(inHome, await installedEngine(adapter.id), { modelType: 'multimodal' });
  try {
    await engine.ready();
    process.kill(engine.pid, 'SIGTERM');
    await engine.exited;
    await engine.end(); // its last lines are read by then
    const log = engine.lines.join('\n');
    expect(log).toContain('Application shutdown complete');
    // It says so even when the cache is empty.
    expect(log).not.toMatch(/(?:Loading|Saving) prefix cache/);
    expect(readdirSync(home)).toEqual([]);
  } finally {
    await engine.end();
    rmSync(home, { recursive: true, force: true });
  }
}, 900_000);
