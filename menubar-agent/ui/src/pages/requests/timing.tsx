/** A request's time as a bar, cut into what it waited for and what it did. */
import { seriesColor } from '../../kit/meters.js';
import { ms, PHASE_WORDS, PHASES, phasesOf, timingWords, type Timed } from './trace.js';

/** @param scale milliseconds that fill the width; the request's own time when left out. */
export function TimingBar({ request, scale, className }: { request: Timed; scale?: number; className?: string }) {
  const phases = phasesOf(request);
  const whole = Math.max(scale ?? 0, request.totalMs, 1);
  const words = timingWords(request);
  return (
    <div role="img" aria-label={words} title={words} className={className}>
      <div className="flex h-2 gap-px overflow-hidden rounded-sm">
        {PHASES.map((phase) =>
          phases[phase] === 0 ? null : (
            <div
              key={phase}
              className="min-w-px shrink-0"
              style={{ width: `${(phases[phase] / whole) * 100}%`, background: seriesColor(PHASE_WORDS[phase].series) }}
            />
          ),
        )}
      </div>
    </div>
  );
}

/** What the colours mean, with the times where a request is given. */
export function TimingLegend({ request }: { request?: Timed }) {
  const phases = request && phasesOf(request);
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-0.5 text-sm text-muted">
      {PHASES.map((phase) => (
        <li key={phase} className="flex items-center gap-1.5">
          <span aria-hidden className="size-2 rounded-full" style={{ background: seriesColor(PHASE_WORDS[phase].series) }} />
          {PHASE_WORDS[phase].label}
          {phases && <span className="text-text">{ms(phases[phase])}</span>}
        </li>
      ))}
    </ul>
  );
}
