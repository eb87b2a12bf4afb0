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

/** What a model needs against what models may take here. @param budget bytes; undefined until it is known. */
export function FitMeter({ needs, budget, className }: { needs: number | null; budget: number | undefined; className?: string }) {
  if (needs === null || budget === undefined) {
    return <p className={cn('text-sm text-muted', className)}>{needs === null ? 'Size unknown' : '\u00a0'}</p>;
  }
  const share = needs / budget;
  const tight = share > 0.8;
  const label = share > 1 ? 'Too large' : tight ? 'Fits, just' : 'Fits';
  const color = share > 1 ? 'bg-bad' : tight ? 'bg-warn' : 'bg-good';
  const words = share > 1 ? 'text-bad' : tight ? 'text-warn' : 'text-good';
  return (
    <div className={className} title={`Needs about ${bytes(needs)} of the ${bytes(budget)} that models may take here`}>
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
