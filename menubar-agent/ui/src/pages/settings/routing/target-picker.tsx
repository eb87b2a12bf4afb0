/** Who answers: a profile of this machine, or a provider with one of its models. */
import { useId } from 'react';
import { Combobox, Input, type Option } from '../../../kit/index.js';
import { AS_ASKED, type Pointed, type TargetDraft } from './rule-draft.js';

export interface TargetPickerProps extends Pointed {
  label: string;
  value: TargetDraft;
  onValueChange: (value: TargetDraft) => void;
  /** The answer as without rules is offered too. */
  asAsked?: boolean;
}

export function TargetPicker({ label, value, onValueChange, asAsked = false, profiles, providers }: TargetPickerProps) {
  const list = useId();
  const [kind, id] = value.who.split(':');
  const provider = kind === 'provider' ? providers.find((one) => one.id === Number(id)) : undefined;
  const options: Option<string>[] = [
    ...(asAsked ? [{ value: AS_ASKED, label: 'The model it asks for', hint: 'On this Mac, as without rules' }] : []),
    ...profiles.map((one) => ({ value: `profile:${one.id}`, label: one.name, hint: 'Profile on this Mac' })),
    ...providers.map((one) => ({ value: `provider:${one.id}`, label: one.name, hint: 'Provider' })),
  ];
  if (value.who !== '' && !options.some((one) => one.value === value.who))
    options.push({ value: value.who, label: `Deleted ${kind} ${id}` });
  return (
    <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">
      <Combobox
        label={label}
        placeholder="Choose a profile or provider…"
        empty="No such profile or provider."
        value={value.who === '' ? null : value.who}
        options={options}
        onValueChange={(who) => onValueChange({ who: who ?? (asAsked ? AS_ASKED : ''), model: '' })}
        className="min-w-48 flex-1"
      />
      {kind === 'provider' && (
        <div className="min-w-48 flex-1">
          <Input
            aria-label={`Model of ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
            value={value.model}
            placeholder="Model: as the client names it"
            onValueChange={(model) => onValueChange({ ...value, model })}
            {...(provider && provider.models.length > 0 && { list })}
          />
          {provider && provider.models.length > 0 && (
            <datalist id={list}>
              {provider.models.map((model) => (
                <option key={model} value={model} />
              ))}
            </datalist>
          )}
        </div>
      )}
    </div>
  );
}
