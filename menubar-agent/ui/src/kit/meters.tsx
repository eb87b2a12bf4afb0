/** How far, how full, how it went. */
import { useId } from 'react';
import { cn } from './cn.js';

/** @param value 0…1; null while it is not known. */
export function Progress({ value, label, className }: { value: number | null; label: string; className?: string }) {
  const share = value === null ? null : Math.min(1, Math.max(0, value));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share !== null && { 'aria-valuenow': Math.round(share * 100) })}
      className={cn('h-1.5 overflow-hidden rounded-full bg-press', className)}
    >
      <div
        className={cn('h-full origin-left rounded-full bg-accent-fill transition-transform duration-200', share === null && 'breathing')}
        style={{ transform: `scaleX(${share ?? 1})` }}
      />
    </div>
  );
}

export interface GaugePart {
  label: string;
  value: number;
  /** Of the theme's series; the next one when left out. `0` is the muted one: what is not ours. */
  series?: 0 | 1 | 2 | 3 | 4 | 5 | 6;
}

const SERIES = ['var(--line-strong)', ...[1, 2, 3, 4, 5, 6].map((n) => `var(--series-${n})`)];
export const seriesColor = (n: number): string => SERIES[n === 0 ? 0 : ((n - 1) % 6) + 1] as string;

/** Parts of a whole beside each other, with the line of what they may take. @param label says it all in words. */
export function Gauge({
  parts,
  total,
  limit,
  label,
  legend,
  format,
  className,
}: {
  parts: readonly GaugePart[];
  total: number;
  limit?: number;
  label: string;
  legend?: boolean;
  format?: (value: number) => string;
  className?: string;
}) {
  const whole = Math.max(
    total,
    parts.reduce((sum, part) => sum + part.value, 0),
    1e-9,
  );
  const colors = parts.map((part, i) => seriesColor(part.series ?? (i % 6) + 1));
  return (
    <div className={className}>
      <div role="img" aria-label={label} title={label} className="relative h-2.5">
        <div className="flex h-full gap-px overflow-hidden rounded-full bg-press">
          {parts.map((part, i) => (
            <div key={part.label} style={{ width: `${(part.value / whole) * 100}%`, background: colors[i] }} />
          ))}
        </div>
        {limit !== undefined && limit < whole && (
          <div className="absolute -top-0.5 -bottom-0.5 w-0.5 rounded bg-text" style={{ left: `${(limit / whole) * 100}%` }} />
        )}
      </div>
      {legend && (
        <ul className="mt-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-sm text-muted">
          {parts.map((part, i) => (
            <li key={part.label} className="flex min-w-0 items-center gap-1.5">
              <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: colors[i] }} />
              <span className="truncate" title={part.label}>
                {part.label}
              </span>
              {format && <span className="text-text">{format(part.value)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A small line of the last values, the newest right. @param values null where nothing is known. @param max top of the scale; the largest value when left out. */
export function Sparkline({
  values,
  max,
  label,
  width = 96,
  height = 24,
  series = 1,
  className,
}: {
  values: readonly (number | null)[];
  max?: number;
  label: string;
  width?: number;
  height?: number;
  series?: number;
  className?: string;
}) {
  const id = useId();
  const top = Math.max(max ?? 0, max === undefined ? Math.max(...values.map((value) => value ?? 0), 1e-9) : 1e-9);
  const step = width / Math.max(1, values.length - 1);
  const points = values.flatMap((value, i) =>
    value === null ? [] : [[i * step, height - 1.5 - (Math.min(value, top) / top) * (height - 3)] as const],
  );
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const first = points[0];
  const last = points.at(-1);
  const color = seriesColor(series);
  return (
    <svg
      role="img"
      aria-labelledby={id}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
      className={cn('block', className)}
    >
      <title id={id}>{label}</title>
      {first && last && points.length > 1 && (
        <>
          <polygon points={`${first[0].toFixed(1)},${height} ${line} ${last[0].toFixed(1)},${height}`} fill={color} opacity="0.15" />
          <polyline points={line} fill="none" stroke={color} strokeWidth="1.5" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
        </>
      )}
    </svg>
  );
}
