/** Keys as Electron writes them: `Alt+Shift+Space`. Pure. Source: electronjs.org/docs/latest/tutorial/keyboard-shortcuts. */

type Pressed = Pick<KeyboardEvent, 'code' | 'key' | 'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey'>;

/** Keys by their place on the keyboard: with Option held, a Mac says another character than the key bears. */
const BY_CODE: Readonly<Record<string, string>> = {
  Space: 'Space',
  Tab: 'Tab',
  Backspace: 'Backspace',
  Delete: 'Delete',
  Insert: 'Insert',
  Enter: 'Return',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Home: 'Home',
  End: 'End',
  PageUp: 'PageUp',
  PageDown: 'PageDown',
  Escape: 'Escape',
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  Semicolon: ';',
  Quote: "'",
  Backquote: '`',
  Comma: ',',
  Period: '.',
  Slash: '/',
};

function keyOf({ code, key }: Pressed): string | null {
  // Where the layout says a letter or a digit, that is what the key bears.
  if (/^[a-z0-9]$/i.test(key)) return key.toUpperCase();
  const physical = /^(?:Key([A-Z])|Digit(\d))$/.exec(code);
  if (physical) return physical[1] ?? physical[2] ?? null;
  if (/^F(?:[1-9]|1\d|2[0-4])$/.test(code)) return code;
  return BY_CODE[code] ?? null;
}

/** The modifiers that are held, in the order a Mac writes them. */
export const modifiersOf = (pressed: Pressed, mac: boolean): string[] => [
  ...(pressed.ctrlKey ? ['Control'] : []),
  ...(pressed.altKey ? ['Alt'] : []),
  ...(pressed.shiftKey ? ['Shift'] : []),
  ...(pressed.metaKey ? [mac ? 'Command' : 'Super'] : []),
];

/** What was pressed; null while it is modifiers alone, or a key that cannot be one. */
export function acceleratorOf(pressed: Pressed, mac: boolean): string | null {
  const key = keyOf(pressed);
  return key === null ? null : [...modifiersOf(pressed, mac), key].join('+');
}

const SIGNS: Readonly<Record<string, string>> = {
  Control: '⌃',
  Ctrl: '⌃',
  Alt: '⌥',
  Option: '⌥',
  Shift: '⇧',
  Command: '⌘',
  Cmd: '⌘',
  CommandOrControl: '⌘',
  CmdOrCtrl: '⌘',
  Super: '⌘',
  Meta: '⌘',
};

/** As it is read: `⌥⇧Space` on a Mac. */
export function acceleratorLabel(accelerator: string, mac: boolean): string {
  if (!mac) return accelerator;
  const parts = accelerator.split(/\+(?=.)/);
  return parts.map((part) => SIGNS[part] ?? part).join('');
}
