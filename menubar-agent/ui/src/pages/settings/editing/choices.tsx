/** Some of a few, ticked. */
import { Checkbox } from '../../../kit/index.js';

export interface ChoicesProps<V extends string> {
  label: string;
  hint?: string;
  problem?: string | undefined;
  value: readonly V[];
  onValueChange: (value: V[]) => void;
  options: readonly { value: V; label: string }[];
}

export function Choices<V extends string>({ label, hint, problem, value, onValueChange, options }: ChoicesProps<V>) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-1" {...(problem !== undefined && { 'data-invalid': true })}>
      <legend className="mb-1 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {options.map((option) => (
          <Checkbox
            key={option.value}
            checked={value.includes(option.value)}
            // In the order of the options, whatever was ticked first.
            onCheckedChange={(on) =>
              onValueChange(options.map((one) => one.value).filter((one) => (one === option.value ? on : value.includes(one))))
            }
          >
            {option.label}
          </Checkbox>
        ))}
      </div>
      {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
      {problem !== undefined && <p className="text-sm text-bad">{problem}</p>}
    </fieldset>
  );
}
