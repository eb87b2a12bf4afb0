/** What a model is and can do, as marks; and whether it fits, as a gauge. */
import { Badge, cn } from '../../kit/index.js';
import { bytes, count } from '../../lib/format.js';
import { abilitiesOf, contextWords, kindOf, precisionOf, type ModelRow } from './rows.js';

export function Badges({ row }: { row: Pick<ModelRow, 'characteristics' | 'gated'> }) {
  const { characteristics: c, gated } = row;
  return (
    <ul aria-label="Characteristics" className="flex flex-wrap gap-1 empty:hidden">
      {gated && (
        <li>
          <Badge tone="warn" title="Its owner wants you to accept terms on the hub first">
            gated
          </Badge>
        </li>
      )}
      {c !== null && (
        <>
          <Mark text={kindOf(c)} title="What it is made for" accent />
          <Mark text={c.architecture} title="Architecture" />
          <Mark text={c.parameters === null ? null : count(c.parameters)} title="Parameters" />
          <Mark text={precisionOf(c)} title="How its weights are stored" />
          <Mark
            text={c.contextWindow === null ? null : `${contextWords(c.contextWindow)} context`}
            title={`Longest context: ${c.contextWindow ?? '?'} tokens`}
          />
          {abilitiesOf(c).map((ability) => (
            <Mark key={ability} text={ability} title={`Can do: ${ability}`} />
          ))}
        </>
      )}
    </ul>
  );
}

function Mark({ text, title, accent = false }: { text: string | null; title: string; accent?: boolean }) {
  if (text === null) return null;
  return (
    <li className="max-w-full">
      <Badge title={title} tone={accent ? 'accent' : 'plain'}>
        {text}
      </Badge>
    </li>
  );
}

interface Fit {
  /** Of what models may take; above 1 it does not fit. */
  readonly share: number;
  readonly label: string;
  /** Classes of a bar and of words. */
  readonly color: string;
  readonly words: string;
  readonly title: string;
}

function fitOf(needs: number, budget: number): Fit {
  const share = needs / budget;
  const title = `Needs about ${bytes(needs)} of the ${bytes(budget)} that models may take here`;
  if (share > 1) return { share, title, label: 'Too large', color: 'bg-bad', words: 'text-bad' };
  if (share > 0.8) return { share, title, label: 'Fits, just', color: 'bg-warn', words: 'text-warn' };
  return { share, title, label: 'Fits', color: 'bg-good', words: 'text-good' };
}

/** The same as the meter in words alone, where there is no room for it. */
export function FitWords({ needs, budget, className }: { needs: number | null; budget: number | undefined; className?: string }) {
  if (needs === null || budget === undefined) return null;
  const { label, words, title } = fitOf(needs, budget);
  return (
    <span className={className} title={title}>
      <span className={words}>{label}</span> · needs {bytes(needs)}
    </span>
  );
}

/** What a model needs against what models may take here. @param budget bytes; undefined until it is known. */
export function FitMeter({ needs, budget, className }: { needs: number | null; budget: number | undefined; className?: string }) {
  if (needs === null || budget === undefined) {
    return <p className={cn('text-sm text-muted', className)}>{needs === null ? 'Size unknown' : '\u00a0'}</p>;
  }
  const { share, label, color, words, title } = fitOf(needs, budget);
  return (
    <div className={className} title={title}>
      <div className="flex justify-between gap-2 text-sm whitespace-nowrap">
        <span className={words}>{label}</span>
        <span className="text-muted">{bytes(needs)}</span>
      </div>
      <div
        role="meter"
        aria-label={`${label}: needs about ${bytes(needs)} of ${bytes(budget)}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(share * 100))}
        className="mt-1 h-1 overflow-hidden rounded-full bg-press"
      >
        <div className={cn('h-full rounded-full', color)} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
    </div>
  );
}
