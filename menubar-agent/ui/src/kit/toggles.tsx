/** On or off. */
import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Switch as BaseSwitch } from '@base-ui/react/switch';
import Check from 'lucide-react/icons/check';
import type { ReactNode } from 'react';

export interface ToggleProps {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  /** Where there is no `<Field>` around it. */
  label?: string;
  disabled?: boolean;
}

/** Takes effect at once. */
export function Switch({ checked, onCheckedChange, label, disabled }: ToggleProps) {
  return (
    <BaseSwitch.Root
      checked={checked}
      onCheckedChange={(next) => onCheckedChange(next)}
      aria-label={label}
      {...(disabled !== undefined && { disabled })}
      className="flex h-[18px] w-8 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors data-[checked]:bg-accent-fill data-[disabled]:opacity-50"
    >
      <BaseSwitch.Thumb className="size-3.5 rounded-full bg-on-accent transition-transform data-[checked]:translate-x-3.5" />
    </BaseSwitch.Root>
  );
}

/** Part of what is sent together. */
export function Checkbox({ checked, onCheckedChange, label, disabled, children }: ToggleProps & { children?: ReactNode }) {
  const box = (
    <BaseCheckbox.Root
      checked={checked}
      onCheckedChange={(next) => onCheckedChange(next)}
      aria-label={label}
      {...(disabled !== undefined && { disabled })}
      className="flex size-4 shrink-0 items-center justify-center rounded border border-line-strong bg-surface text-on-accent data-[checked]:border-accent-fill data-[checked]:bg-accent-fill data-[disabled]:opacity-50"
    >
      <BaseCheckbox.Indicator>
        <Check aria-hidden className="size-3" strokeWidth={3} />
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  );
  if (children === undefined) return box;
  return (
    <label className="flex items-center gap-2">
      {box}
      {children}
    </label>
  );
}
