import { jest } from '@jest/globals';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { endRig, startAgent } from '../support/agent.js';
import { openPage, pageFolder } from './support/page.js';
jest.setTimeout(120_000);
test('profile', async () => {
  const rig = await startAgent(pageFolder());
  const { id } = await rig.client.createProfile({ body: { name: 'C', modelPath: 'org/model' } });
  const dir = join(rig.env.MLX_MANAGER_HOME ?? '', 'logs');
  mkdirSync(dir, { recursive: true });
  appendFileSync(join(dir, `server-${id}.log`), Array.from({ length: 10000 }, (_, i) => `2026-11-21T13:00:00.000Z INFO 127.0.0.1 "POST /v1/chat/completions HTTP/1.1" 200 request ${i}\n`).join(''));
  const { page } = await openPage(rig, `/logs?profile=${id}`);
  await page.locator('footer').getByText('10000 lines').waitFor();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await cdp.send('Profiler.enable');
  const metrics = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
  const jumps = () => page.evaluate(async () => {
    const box = document.querySelector('[role=listbox]')!;
    for (let i = 0; i < 60; i++) {
      box.scrollTop = (box.scrollHeight * ((i * 7) % 60)) / 60;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }
  });
  for (const round of [1, 2, 3]) {
    const a = await metrics();
    if (round === 3) await cdp.send('Profiler.start');
    await jumps();
    const b = await metrics();
    console.info(round, ['TaskDuration', 'ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].map((k) => `${k} ${(((b[k] ?? 0) - (a[k] ?? 0)) / 60 * 1000).toFixed(2)} ms/jump`).join(', '));
  }
  const { profile } = (await cdp.send('Profiler.stop')) as any;
  const self = new Map<string, number>();
  const dt = profile.timeDeltas; const byId = new Map(profile.nodes.map((n: any) => [n.id, n]));
  profile.samples.forEach((s: number, i: number) => { const f = (byId.get(s) as any).callFrame; const k = `${f.functionName}@${f.url.split('/').at(-1)}:${f.lineNumber}:${f.columnNumber}`; self.set(k, (self.get(k) ?? 0) + dt[i]); });
  console.info([...self].sort((a, b) => b[1] - a[1]).slice(0, 25).map(([k, v]) => `${(v / 60000).toFixed(2)} ms/jump ${k}`).join('\n'));
  await endRig(rig);
});
