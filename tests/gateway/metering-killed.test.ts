/** kill -9 in the middle of measuring: what ended more than a second before is there, whole. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { openDatabase } from '../../menubar-agent/src/store/index.js';
import { bundle, startChild, type Bundle } from '../support/child.js';
import type { MeteringLine } from '../support/metering-child.js';

jest.setTimeout(60_000);
/** A second until a batch is begun, and one that a busy machine may take for it, milliseconds. */
const LOST = 2000;

let child: Bundle;
const folder = mkdtempSync(join(tmpdir(), 'mlx-metering-killed-'));
beforeAll(async () => {
  child = await bundle('metering-child');
});
afterAll(async () => {
  await child.remove();
  rmSync(folder, { recursive: true, force: true });
});

test.each([1, 2, 3])('killed for the %i. time, at most the last second is missing', async (round) => {
  const file = join(folder, `${round}.db`);
  const running = startChild<MeteringLine>(child.file, [file]);
  try {
    const first = await running.until(() => true);
    await running.until(({ at }) => at > first.at + LOST + 1000 + round * 333);
  } finally {
    await running.kill();
  }
  const db = openDatabase(file);
  try {
    const ids = (db.prepare('SELECT id FROM requests ORDER BY seq').all() as { id: string }[]).map(({ id }) => id);
    // None left out, none twice, in their order.
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => `request-${i}`));
    const killedAt = running.lines.at(-1)!.at;
    const before = running.lines.filter(({ at }) => at < killedAt - LOST).at(-1)?.ended ?? 0;
    expect(before).toBeGreaterThan(0);
    expect(ids.length).toBeGreaterThanOrEqual(before);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  } finally {
    db.close();
  }
});
