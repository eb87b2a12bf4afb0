/** Who answers when the first one cannot, in order. */
import ArrowDown from 'lucide-react/icons/arrow-down';
import ArrowUp from 'lucide-react/icons/arrow-up';
import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { Button, IconButton } from '../../../kit/index.js';
import type { Pointed, TargetDraft } from './rule-draft.js';
import { TargetPicker } from './target-picker.js';

const MOST = 8;

export interface FallbacksProps extends Pointed {
  value: readonly TargetDraft[];
  onValueChange: (value: readonly TargetDraft[]) => void;
  problem: string | undefined;
}

export function Fallbacks({ value, onValueChange, problem, profiles, providers }: FallbacksProps) {
  const swap = (i: number, j: number): void => {
    const [a, b] = [value[i], value[j]];
    if (a && b) onValueChange(value.with(i, b).with(j, a));
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" {...(problem !== undefined && { 'data-invalid': true })}>
      <legend className="mb-1 font-medium">Else, in this order</legend>
      {value.map((one, i) => (
        <div key={i} className="flex items-start gap-2">
          <span className="w-4 shrink-0 pt-1 text-right text-muted">{i + 1}</span>
          <TargetPicker
            label={`Fallback ${i + 1}`}
            value={one}
            onValueChange={(next) => onValueChange(value.with(i, next))}
            profiles={profiles}
            providers={providers}
          />
          <IconButton label={`Move fallback ${i + 1} up`} icon={<ArrowUp />} disabled={i === 0} onClick={() => swap(i, i - 1)} />
          <IconButton
            label={`Move fallback ${i + 1} down`}
            icon={<ArrowDown />}
            disabled={i === value.length - 1}
            onClick={() => swap(i, i + 1)}
          />
          <IconButton label={`Remove fallback ${i + 1}`} icon={<X />} onClick={() => onValueChange(value.filter((_, at) => at !== i))} />
        </div>
      ))}
      {problem !== undefined && <p className="text-sm text-bad">{problem}</p>}
      <div>
        <Button
          size="sm"
          icon={<Plus aria-hidden />}
          disabled={value.length >= MOST}
          onClick={() => onValueChange([...value, { who: '', model: '' }])}
        >
          Add Fallback
        </Button>
      </div>
    </fieldset>
  );
}
