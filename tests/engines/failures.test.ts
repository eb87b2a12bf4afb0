/** The real engines fail, and their adapters read why out of their real logs. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { adapters, type EngineAdapter, type LaunchSpec } from '../../menubar-agent/src/engines/index.js';
import { installedEngine, startEngine, tinyModel } from '../support/engines.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'failing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A copy of the tiny model with another type in its config. */
function strangeModel(): string {
  const copy = join(folder, 'strange');
  cpSync(tinyModel, copy, { recursive: true });
  const config = JSON.parse(readFileSync(join(copy, 'config.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(copy, 'config.json'), JSON.stringify({ ...config, model_type: 'frobnicate9' }));
  return copy;
}

/** Starts it and waits until its log explains itself. */
async function failureOf(
  adapter: EngineAdapter,
  changes: Partial<LaunchSpec>,
): Promise<{ kind: string; message: string; probe: string | null }> {
  const engine = await startEngine(adapter, await installedEngine(adapter.id), changes);
  try {
    for (const deadline = Date.now() + 90_000; Date.now() < deadline;) {
      const failure = adapter.explainFailure(engine.lines);
      if (!failure) {
        await delay(50);
        continue;
      }
      const probe = await adapter.probe(engine.target, AbortSignal.timeout(5_000)).then(
        () => null,
        (error: unknown) => String(error),
      );
      return { ...failure, probe };
    }
    throw new Error(`no explanation in:\n${engine.lines.join('\n')}`);
  } finally {
    await engine.end();
  }
}

describe.each(adapters.map((adapter) => [adapter.id, adapter] as const))('%s', (_id, adapter) => {
  test('a model type it does not know', async () => {
    const failure = await failureOf(adapter, { modelFolder: strangeModel() });
    expect(failure).toMatchObject({ kind: 'unsupported_model', message: 'The engine does not know models of the type frobnicate9.' });
    expect(failure.probe).not.toBeNull();
  }, 900_000);

  test('a port that is taken', async () => {
    const server = createServer((socket) => {
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const failure = await failureOf(adapter, { port: (server.address() as AddressInfo).port });
      expect(failure.kind).toBe('port_taken');
      expect(failure.probe).not.toBeNull();
    } finally {
      await new Promise((done) => server.close(done));
    }
  }, 900_000);

  test('an option it does not know', async () => {
    const failure = await failureOf(adapter, { extraArgs: ['--frobnicate', '3'] });
    expect(failure).toMatchObject({ kind: 'bad_option', message: expect.stringContaining('--frobnicate') as string });
  }, 900_000);
});
