/**
 * What `npm run record:mac` recorded, through the real parsers. Where nothing has been recorded yet the samples from public sources are all there is
 * (fixtures/README.md), and this says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIoreg, parseSysctl, parseVmStat } from './machine-macos.js';
import { parseFootprint, parseLsof, parsePs, parseTop } from './process-macos.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const folder = join(fixtures, 'recorded');
const recorded = existsSync(join(folder, 'recording.json'));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const facts = (): { port: number; pids: number[]; results: Record<string, { exitCode: number | null }> } =>
  JSON.parse(read('recording.json')) as ReturnType<typeof facts>;

test('the samples are marked as not verified for as long as nothing is recorded', () => {
  expect(readFileSync(join(fixtures, 'README.md'), 'utf8').includes('not yet verified on a Mac')).toBe(!recorded);
});

(recorded ? test : test.skip)('the parsers understand what this Mac printed', () => {
  const { port, pids, results } = facts();
  const machine = parseSysctl(read('sysctl.txt'));
  const bytes = Number(machine.get('hw.memsize'));
  expect(bytes).toBeGreaterThan(2 ** 32);
  expect(machine.get('machdep.cpu.brand_string')).toMatch(/\S/);
  expect(parseVmStat(read('vm_stat.txt'))).toBeGreaterThan(2 ** 28);
  expect(parseVmStat(read('vm_stat.txt'))).toBeLessThan(bytes);
  expect(parseIoreg(read('ioreg.txt')).memoryInUseBytes).not.toBeNull();
  expect(parsePs(read('ps.txt')).length).toBeGreaterThan(10);
  expect(parseFootprint(read('footprint-bytes.txt'))).toBeGreaterThan(2 ** 20);
  expect(parseTop(read('top.txt'), [1, ...pids, 0])).not.toBeUndefined();
  expect(parseLsof(read('lsof.txt'), port)?.pid).toBe(pids[0]);
  expect(results['launchctl-none.txt']!.exitCode).toBe(113);
  expect(results['security-none.txt']!.exitCode).toBe(44);
  expect(read('security-find.txt').trimEnd()).toBe('a "quoted" value');
});
