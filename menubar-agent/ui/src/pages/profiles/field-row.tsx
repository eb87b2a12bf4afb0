/** One option: what it is called, what it does, its control, and the way back to its default. */
import type { ReactNode } from 'react';
import RotateCcw from 'lucide-react/icons/rotate-ccw';
import type { Engine } from '@mlx-manager/shared';
import { cn, Field, IconButton, Input, Select, Switch, TextArea } from '../../kit/index.js';
import type { FieldSpec, SwitchKey, TextKey } from './fields.js';
import { BLANK, knows } from './form.js';
import type { ProfileForm } from './use-form.js';

export interface FieldRowProps {
  form: ProfileForm;
  spec: FieldSpec;
  engine: Engine | undefined;
  /** What the agent has against it. */
  refused: string | undefined;
  /** In place of the usual control. */
  control?: ReactNode;
  /** Where the model says more than the contract: what holds where nothing is set. */
  none?: string | undefined;
  /** Below the words. */
  more?: ReactNode;
}

const NO_DEFAULT: readonly string[] = ['name', 'modelPath', 'modelType'];
/** Their control stands below the words. */
const WIDE: readonly string[] = ['name', 'aliases', 'description', 'systemPrompt', 'modelPath', 'extraArgs'];

export function FieldRow({ form, spec, engine, refused, control, none = spec.none, more }: FieldRowProps) {
  const { key, label, hint, kind, unit } = spec;
  const value = form.values[key];
  const isDefault = NO_DEFAULT.includes(key) || value === BLANK[key];
  const lacks = !knows(engine, key);
  const unsaved = form.changed.includes(key);
  const error = form.problem(key) ?? refused;
  const wide = WIDE.includes(key);
  const reset = !isDefault && (
    <IconButton size="sm" label={`Reset ${label} to default`} icon={<RotateCcw />} onClick={() => form.set(key, BLANK[key])} />
  );
  return (
    <div data-field={key} className="border-b border-line py-2.5 last:border-b-0">
      <Field
        row={!wide}
        {...(!wide && { className: '!py-0 !items-start' })}
        label={
          <>
            {label}
            {unsaved && <span className="ml-1.5 text-xs font-normal text-accent">unsaved</span>}
          </>
        }
        hint={
          <>
            {hint}
            {lacks && (
              <span className={cn('block', !isDefault && 'text-warn')}>
                {engine?.name} has no equivalent for this{isDefault ? '.' : ': it is kept, and not told to the engine.'}
              </span>
            )}
            {more}
          </>
        }
        error={error}
      >
        {control ? (
          <div className="flex min-w-0 items-center gap-1">
            {!wide && reset}
            {control}
            {wide && reset}
          </div>
        ) : kind === 'switch' ? (
          <>
            {reset}
            <Switch checked={value as boolean} onCheckedChange={(next) => form.set(key as SwitchKey, next)} disabled={lacks && isDefault} />
          </>
        ) : (
          <div className={cn('flex min-w-0 gap-1', kind === 'area' ? 'items-start' : 'items-center')}>
            {!wide && reset}
            <TypedControl form={form} spec={spec} none={none} disabled={lacks && isDefault} />
            {unit !== undefined && <span className="shrink-0 text-muted">{unit}</span>}
            {wide && reset}
          </div>
        )}
      </Field>
    </div>
  );
}

function TypedControl({ form, spec, none, disabled }: { form: ProfileForm; spec: FieldSpec; none: string | undefined; disabled: boolean }) {
  const { key, kind, mono = false, options = [] } = spec;
  const value = form.values[key as TextKey];
  const set = (next: string): void => form.set(key as TextKey, next);
  const placeholder = none === undefined ? undefined : `${none.charAt(0).toUpperCase()}${none.slice(1)}`;
  // Emptied, a number with a default of its own is that default.
  const standing = placeholder ?? (BLANK[key] === '' ? undefined : String(BLANK[key]));
  if (kind === 'select') return <Select value={value} onValueChange={set} options={options} disabled={disabled} className="w-44" />;
  if (kind === 'area') {
    return (
      <TextArea
        value={value}
        onValueChange={set}
        rows={key === 'systemPrompt' ? 4 : 3}
        disabled={disabled}
        className={mono ? 'font-mono !text-sm' : undefined}
        {...(standing !== undefined && { placeholder: standing })}
      />
    );
  }
  const input = (
    <Input
      value={value}
      onValueChange={set}
      disabled={disabled}
      className={mono ? 'font-mono !text-sm' : undefined}
      {...(kind === 'number' && { inputMode: 'decimal' as const })}
      {...(standing !== undefined && { placeholder: standing })}
    />
  );
  if (WIDE.includes(key)) return input;
  return <span className={kind === 'number' ? 'w-40' : 'w-52'}>{input}</span>;
}
