/** Records the keys of a shortcut by pressing them. */
import { useState, type KeyboardEvent } from 'react';
import { Button, Kbd } from '../../kit/index.js';
import { isMac } from '../../lib/keys.js';
import { acceleratorLabel, acceleratorOf, modifiersOf } from './accelerator.js';
import { SettingRow } from './row.js';
import { useSetting } from './use-setting.js';
import { problemOf } from './values.js';

export function ShortcutRow() {
  const setting = useSetting('quickChatShortcut');
  /** Modifiers that are held; null while nothing is recorded. */
  const [held, hold] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const recording = held !== null;

  const hear = (event: KeyboardEvent<HTMLButtonElement>): void => {
    if (!recording) return;
    const modifiers = modifiersOf(event, isMac);
    const alone = modifiers.length === 0;
    if (alone && event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (alone && event.key === 'Escape') {
      hold(null);
      return;
    }
    const pressed = acceleratorOf(event.nativeEvent, isMac);
    hold(modifiers);
    if (pressed === null) return;
    const wrong = problemOf('quickChatShortcut', pressed);
    setProblem(wrong);
    if (wrong !== null) return;
    hold(null);
    void setting.change(pressed);
  };
  return (
    <SettingRow
      setting={setting}
      problem={problem}
      note={
        <span role="status" className="block text-accent empty:hidden">
          {recording && 'Press the keys now. Esc leaves it as it is.'}
        </span>
      }
    >
      <Button
        className="min-w-40"
        aria-pressed={recording}
        pending={setting.pending}
        onClick={() => {
          setting.forgive();
          setProblem(null);
          hold(recording ? null : []);
        }}
        onKeyDown={hear}
        onKeyUp={(event) => {
          if (!recording) return;
          // Else the button takes a released Space for a click.
          event.preventDefault();
          hold(modifiersOf(event, isMac));
        }}
        onBlur={() => {
          hold(null);
          setProblem(null);
        }}
      >
        {recording ? (
          held.length === 0 ? (
            'Press keys…'
          ) : (
            `${acceleratorLabel(held.join('+'), isMac)}${isMac ? '' : '+'}…`
          )
        ) : setting.shown === null ? (
          'Record Shortcut'
        ) : (
          <Kbd>{acceleratorLabel(setting.shown, isMac)}</Kbd>
        )}
      </Button>
    </SettingRow>
  );
}
