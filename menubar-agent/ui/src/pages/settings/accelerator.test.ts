/** Keys that are pressed, as Electron writes them. */
import { acceleratorLabel, acceleratorOf } from './accelerator.js';
import { problemOf } from './values.js';

const none = { metaKey: false, ctrlKey: false, altKey: false, shiftKey: false };
const press = (code: string, key: string, held: Partial<typeof none> = {}) => ({ ...none, code, key, ...held });

test('letters, digits, signs, named keys', () => {
  expect(acceleratorOf(press('KeyK', 'k', { metaKey: true }), true)).toBe('Command+K');
  expect(acceleratorOf(press('KeyK', 'K', { metaKey: true, shiftKey: true }), true)).toBe('Shift+Command+K');
  expect(acceleratorOf(press('Space', ' ', { altKey: true, shiftKey: true }), true)).toBe('Alt+Shift+Space');
  expect(acceleratorOf(press('Comma', ',', { ctrlKey: true }), false)).toBe('Control+,');
  expect(acceleratorOf(press('ArrowUp', 'ArrowUp', { metaKey: true }), false)).toBe('Super+Up');
  expect(acceleratorOf(press('F12', 'F12', { ctrlKey: true }), true)).toBe('Control+F12');
  expect(acceleratorOf(press('Digit1', '!', { shiftKey: true, ctrlKey: true }), true)).toBe('Control+Shift+1');
});

test('with Option a Mac says other characters: the key counts; on another layout the letter it bears', () => {
  expect(acceleratorOf(press('KeyD', '∂', { altKey: true }), true)).toBe('Alt+D');
  expect(acceleratorOf(press('KeyY', 'z', { metaKey: true }), true)).toBe('Command+Z');
});

test('modifiers alone, and keys that cannot be one', () => {
  expect(acceleratorOf(press('MetaLeft', 'Meta', { metaKey: true }), true)).toBeNull();
  expect(acceleratorOf(press('CapsLock', 'CapsLock', { metaKey: true }), true)).toBeNull();
});

test('the agent takes every one that has a modifier no typing uses, and no other', () => {
  const keys: [string, string][] = [
    ['KeyA', 'a'],
    ['Digit7', '7'],
    ['Space', ' '],
    ['F5', 'F5'],
    ['Enter', 'Enter'],
    ['Backslash', '\\'],
    ['Quote', "'"],
    ['PageUp', 'PageUp'],
  ];
  const flags = ['metaKey', 'ctrlKey', 'altKey', 'shiftKey'] as const;
  for (const [code, key] of keys) {
    for (let bits = 0; bits < 16; bits++) {
      const held = Object.fromEntries(flags.map((flag, i) => [flag, (bits & (1 << i)) !== 0]));
      const written = acceleratorOf(press(code, key, held), bits < 8);
      const usable = held.metaKey || held.ctrlKey || held.altKey;
      expect([written, problemOf('quickChatShortcut', written) === null]).toEqual([written, usable]);
    }
  }
});

test('as it is read', () => {
  expect(acceleratorLabel('Alt+Shift+Space', true)).toBe('⌥⇧Space');
  expect(acceleratorLabel('Control+Command+K', true)).toBe('⌃⌘K');
  expect(acceleratorLabel('Control++', true)).toBe('⌃+');
  expect(acceleratorLabel('Alt+Shift+Space', false)).toBe('Alt+Shift+Space');
});
