/**
 * A process that downloads as the agent does, to be killed by a test. Arguments: endpoint, folder, model.
 * It prints a line of JSON for each change of the task, and goes on with what an earlier process left.
 */
import { makeDownloads } from './downloads.js';

const [endpoint, home, modelId] = process.argv.slice(2) as [string, string, string];
const rig = makeDownloads(endpoint, { home });
// The clock's timers do not keep a process alive, as in the agent; this one does until the task is over.
const alive = setInterval(() => undefined, 60_000);
rig.bus.on('download.updated', (task) => {
  process.stdout.write(`${JSON.stringify(task)}\n`);
  if (['completed', 'failed'].includes(task.status)) clearInterval(alive);
});
await rig.service.resumeAll();
await rig.service.start(modelId);
