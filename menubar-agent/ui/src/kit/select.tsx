/** One of few. Of many, searched by typing: `<Combobox>`. */
import type { ReactNode } from 'react';
import { Select as Base } from '@base-ui/react/select';
import Check from 'lucide-react/icons/check';
import ChevronsUpDown from 'lucide-react/icons/chevrons-up-down';
import { cn } from './cn.js';
import { inputClass } from './input.js';

export interface Option<V> {
  value: V;
  label: string;
  /** A second line. */
  hint?: string;
  icon?: ReactNode;
  disabled?: boolean;
}

export const popupClass =
  'pop-in max-h-[min(24rem,var(--available-height))] min-w-[var(--anchor-width)] max-w-[min(28rem,var(--available-width))] overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-pop outline-none';
export const itemClass =
  'flex min-h-7 items-center gap-2 rounded-md px-2 py-1 outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-accent-fill data-[highlighted]:text-on-accent [&_svg]:size-4 [&_svg]:shrink-0';

export interface SelectProps<V extends string | number | null> {
  value: V;
  onValueChange: (value: V) => void;
  options: readonly Option<V>[];
  /** Where there is no `<Field>` around it. */
  label?: string;
  placeholder?: string;
  disabled?: boolean;
  className?: string;
}

export function Select<V extends string | number | null>({
  value,
  onValueChange,
  options,
  label,
  placeholder,
  disabled,
  className,
}: SelectProps<V>) {
  return (
    <Base.Root<V>
      items={options.map((one) => ({ value: one.value, label: one.label }))}
      value={value}
      onValueChange={(next) => onValueChange(next as V)}
      {...(disabled !== undefined && { disabled })}
    >
      <Base.Trigger
        aria-label={label}
        className={cn(inputClass, 'flex h-7 max-w-full items-center justify-between gap-2 text-left', className)}
      >
        <Base.Value placeholder={placeholder} className="truncate data-[placeholder]:text-muted" />
        <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-muted" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} collisionPadding={8} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className={popupClass}>
            {options.map((one) => (
              <Base.Item
                key={String(one.value)}
                value={one.value}
                className={itemClass}
                {...(one.disabled !== undefined && { disabled: one.disabled })}
              >
                <OptionText option={one} />
                <Base.ItemIndicator className="ml-auto">
                  <Check aria-hidden />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );

  function OptionText({ option }: { option: Option<V> }) {
    return (
      <>
        {option.icon}
        <span className="min-w-0">
          <Base.ItemText className="block truncate">{option.label}</Base.ItemText>
          {option.hint !== undefined && <span className="block truncate text-xs">{option.hint}</span>}
        </span>
      </>
    );
  }
}
