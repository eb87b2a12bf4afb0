/** Measures requests without end, to be killed in the middle of it. Argument: the database. Prints how many have ended, and since when. */
import { Metering } from '../../menubar-agent/src/gateway/metering/index.js';
import { EventBus, silentLogger, systemClock } from '../../menubar-agent/src/core/index.js';
import { openDatabase, RequestsRepository } from '../../menubar-agent/src/store/index.js';
import { callOf, settingsOf, traceOf } from './metering.js';

export interface MeteringLine {
  /** Requests that have ended. */
  readonly ended: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const metering = new Metering({
  repository: new RequestsRepository(openDatabase(process.argv[2] ?? '')),
  bus: new EventBus(() => undefined),
  clock: systemClock,
  logger: silentLogger(),
  setting: settingsOf(),
  memory: async () => ({ totalBytes: 100, availableBytes: 50 }),
  servers: () => [],
});
let ended = 0;
setInterval(() => {
  for (let i = 0; i < 20; i++) {
    const trace = traceOf({ id: `request-${ended++}`, startedAt: Date.now() });
    metering.begin(trace);
    metering.finish(trace, callOf(trace), null);
  }
  // Behind all that is due: who was held up writes down first what it owes.
  setImmediate(() => process.stdout.write(`${JSON.stringify({ ended, at: Date.now() } satisfies MeteringLine)}\n`));
}, 20);
