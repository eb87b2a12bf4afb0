/** One of many, found by typing. Only what is seen is drawn: long lists stay quick. */
import { useMemo, useState } from 'react';
import { Combobox as Base } from '@base-ui/react/combobox';
import Check from 'lucide-react/icons/check';
import ChevronsUpDown from 'lucide-react/icons/chevrons-up-down';
import { cn } from './cn.js';
import { inputClass } from './input.js';
import { itemClass, popupClass, type Option } from './select.js';

export interface ComboboxProps<V extends string | number> {
  value: V | null;
  onValueChange: (value: V | null) => void;
  options: readonly Option<V>[];
  /** Where there is no `<Field>` around it. */
  label?: string;
  placeholder?: string;
  /** Said when nothing fits. */
  empty?: string;
  disabled?: boolean;
  /** `/` anywhere on the page focuses it. */
  slash?: boolean;
  className?: string;
}

/** Drawn at once; the rest is found by typing. */
const SHOWN = 100;

export function Combobox<V extends string | number>({
  value,
  onValueChange,
  options,
  label,
  placeholder,
  empty,
  disabled,
  slash = false,
  className,
}: ComboboxProps<V>) {
  const [text, setText] = useState('');
  const chosen = options.find((one) => one.value === value) ?? null;
  const found = useMemo(() => {
    const words = text === chosen?.label ? [] : text.toLowerCase().split(/\s+/).filter(Boolean);
    return options.filter((one) => {
      const said = `${one.label} ${one.hint ?? ''}`.toLowerCase();
      return words.every((word) => said.includes(word));
    });
  }, [options, text, chosen?.label]);
  const shown = found.slice(0, SHOWN);
  return (
    <Base.Root<Option<V>>
      items={options}
      filteredItems={shown}
      value={chosen}
      onValueChange={(next) => onValueChange(next?.value ?? null)}
      onInputValueChange={setText}
      itemToStringLabel={(one) => one.label}
      isItemEqualToValue={(one, other) => one.value === other.value}
      autoHighlight
      {...(disabled !== undefined && { disabled })}
    >
      <div className={cn('relative flex min-w-0 items-center', className)}>
        <Base.Input
          data-page-search={slash || undefined}
          aria-label={label}
          placeholder={placeholder}
          spellCheck={false}
          className={cn(inputClass, 'h-7 w-full pr-7')}
        />
        <Base.Trigger aria-label="Show all" className="absolute right-1 flex size-5 items-center justify-center rounded text-muted">
          <ChevronsUpDown aria-hidden className="size-3.5" />
        </Base.Trigger>
      </div>
      <Base.Portal>
        <Base.Positioner sideOffset={4} collisionPadding={8} className="z-50 outline-none">
          <Base.Popup className={popupClass}>
            <Base.Empty className="px-2 py-1.5 text-muted empty:hidden">{empty ?? 'Nothing fits.'}</Base.Empty>
            <Base.List>
              {(one: Option<V>) => (
                <Base.Item
                  key={one.value}
                  value={one}
                  className={itemClass}
                  {...(one.disabled !== undefined && { disabled: one.disabled })}
                >
                  {one.icon}
                  <span className="min-w-0">
                    <span className="block truncate" title={one.label}>
                      {one.label}
                    </span>
                    {one.hint !== undefined && <span className="block truncate text-xs">{one.hint}</span>}
                  </span>
                  <Base.ItemIndicator className="ml-auto">
                    <Check aria-hidden />
                  </Base.ItemIndicator>
                </Base.Item>
              )}
            </Base.List>
            {found.length > shown.length && (
              <p className="px-2 py-1 text-sm text-muted">{found.length - shown.length} more: type to find them.</p>
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
