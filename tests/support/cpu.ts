/** What work costs, for texts and inputs made to cost much. */

/**
 * Processor time some work takes, milliseconds. Not the time on the clock, which on a busy machine says nothing.
 * Meant for bounds a tenth of what the wrong way would cost, never for how quick something is: that is the benchmarks'.
 */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
