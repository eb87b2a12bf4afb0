/** A row for each kind of setting: switched, chosen, typed, listed. Switches and choices are saved at once, texts by Enter or on leaving the field. */
import { useRef, useState } from 'react';
import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { Button, IconButton, Input, Select, Switch } from '../../kit/index.js';
import { CATALOGUE } from './catalogue.js';
import { useDraft } from './drafts.js';
import { SettingRow } from './row.js';
import { useSetting } from './use-setting.js';
import {
  isNumeric,
  problemOf,
  readTyped,
  tellValue,
  textOfValue,
  type ChoiceKey,
  type ListKey,
  type SwitchKey,
  type TypedKey,
} from './values.js';

export function SwitchRow({ name, disabled = false }: { name: SwitchKey; disabled?: boolean }) {
  const setting = useSetting(name);
  return (
    <SettingRow setting={setting}>
      <Switch checked={setting.shown} disabled={disabled} onCheckedChange={(on) => void setting.change(on)} />
    </SettingRow>
  );
}

export function ChoiceRow({ name }: { name: ChoiceKey }) {
  const setting = useSetting<ChoiceKey>(name);
  return (
    <SettingRow setting={setting}>
      <Select
        value={setting.shown}
        onValueChange={(value) => void setting.change(value as never)}
        options={CATALOGUE[name].options ?? []}
        className="w-48"
      />
    </SettingRow>
  );
}

export function TypedRow({ name }: { name: TypedKey }) {
  const setting = useSetting<TypedKey>(name);
  const { value, change } = setting;
  const [draft, setDraft] = useDraft(name);
  const { unit, empty, wide = false } = CATALOGUE[name];
  const [base, setBase] = useState(value);
  const text = draft ?? textOfValue(setting.shown);
  const read = draft === null ? null : readTyped(name, draft);
  const problem = read !== null && 'problem' in read ? read.problem : null;
  const save = (): void => {
    if (read === null || setting.pending) return;
    if ('problem' in read) return;
    if (read.value === value) {
      setDraft(null);
      setting.forgive();
      return;
    }
    void change(read.value as never).then((taken) => {
      // What was typed stays when it was refused.
      if (taken) setDraft(null);
    });
  };
  const reset = async (): Promise<boolean> => {
    const done = await setting.reset();
    // What was typed is given up with it.
    if (done) setDraft(null);
    return done;
  };
  const elsewhere = draft !== null && base !== value;
  return (
    <SettingRow
      setting={{ ...setting, reset }}
      problem={problem}
      stacked={wide}
      note={
        elsewhere && (
          <span className="block text-warn">
            Meanwhile it was set to {tellValue(name, value)} elsewhere. Enter saves what you typed, Esc takes that.
          </span>
        )
      }
    >
      <Input
        value={text}
        inputMode={isNumeric(name) ? 'decimal' : 'text'}
        placeholder={empty}
        unit={wide ? undefined : unit}
        className={wide ? 'font-mono text-sm' : empty === undefined ? '!w-24 text-right' : '!w-32 text-right'}
        onValueChange={(next) => {
          if (draft === null) setBase(value);
          setting.forgive();
          setDraft(next);
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Enter') save();
          if (event.key === 'Escape' && draft !== null) {
            event.stopPropagation();
            setDraft(null);
            setting.forgive();
          }
        }}
      />
    </SettingRow>
  );
}

export function ListRow({ name }: { name: ListKey }) {
  const setting = useSetting<ListKey>(name);
  const [draft, setDraft] = useDraft(`new ${name}`);
  const input = useRef<HTMLInputElement>(null);
  const items = setting.shown;
  const said = (draft ?? '').trim();
  const listed = said !== '' && items.includes(said);
  const problem = said === '' ? null : listed ? 'It is in the list already.' : problemOf(name, [said]);
  const tooMany = said !== '' && !listed && problem === null ? problemOf(name, [...items, said]) : null;
  /** The list that is being sent: the next change is made to that, not to what is drawn yet. */
  const sent = useRef<readonly string[] | null>(null);
  const change = async (edit: (list: readonly string[]) => string[]): Promise<boolean> => {
    const next = edit(sent.current ?? setting.value);
    sent.current = next;
    const taken = await setting.change(next);
    if (sent.current === next) sent.current = null;
    return taken;
  };
  const add = (): void => {
    if (said === '' || problem !== null || tooMany !== null || setting.pending) return;
    void change((list) => [...list, said]).then((taken) => {
      if (taken) setDraft(null);
    });
  };
  const label = CATALOGUE[name].label;
  return (
    <SettingRow setting={setting} problem={problem ?? tooMany} stacked>
      <div className="flex gap-2">
        <Input
          ref={input}
          value={draft ?? ''}
          placeholder={CATALOGUE[name].example}
          className="flex-1 font-mono text-sm"
          onValueChange={(next) => {
            setting.forgive();
            setDraft(next === '' ? null : next);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') add();
            if (event.key === 'Escape' && draft !== null) {
              event.stopPropagation();
              setDraft(null);
              setting.forgive();
            }
          }}
        />
        <Button icon={<Plus aria-hidden />} disabled={said === '' || problem !== null} pending={setting.pending} onClick={add}>
          Add
        </Button>
      </div>
      {items.length > 0 && (
        <ul aria-label={label} className="mt-1.5 flex max-h-48 flex-col overflow-y-auto rounded-md bg-sunken">
          {items.map((item) => (
            <li key={item} className="flex items-center gap-2 py-0.5 pr-0.5 pl-2">
              <span className="min-w-0 flex-1 truncate font-mono text-sm select-text" title={item}>
                {item}
              </span>
              <IconButton
                size="sm"
                label={`Remove ${item}`}
                icon={<X />}
                onClick={() => {
                  void change((list) => list.filter((one) => one !== item));
                  // The button goes with its row.
                  input.current?.focus();
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </SettingRow>
  );
}
