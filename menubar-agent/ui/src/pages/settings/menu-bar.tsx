/** The menu bar app, and the keys of this window. */
import { Kbd } from '../../kit/index.js';
import { keyLabel } from '../../lib/keys.js';
import { Settings } from './groups.js';
import { Anchor, Group } from './row.js';

const NAMED: Readonly<Record<string, string>> = { escape: 'Esc', enter: 'Enter' };

/** The keys that this window knows. */
const KEYS: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Keys everywhere in this window',
    keys: [
      ['mod+1', 'Models; the numbers up to 8 are the other pages'],
      ['mod+k', 'New chat'],
      ['mod+l', 'Logs'],
      ['mod+,', 'Settings'],
      ['/', 'The page’s search'],
      ['escape', 'Closes what is open, or takes back what is being typed'],
    ],
  },
  {
    title: 'Keys in a chat',
    keys: [
      ['enter', 'Sends; with Shift a new line'],
      ['escape', 'Stops the answer'],
      ['mod+r', 'Regenerates the last answer'],
      ['mod+e', 'Edits the last question'],
    ],
  },
];

export default function MenuBar() {
  return (
    <>
      <p className="mb-4 text-muted">
        These settings are kept by the agent and used by the menu bar app, which is there on a Mac. Starting it at login is in its own menu.
      </p>
      <Settings group="menu-bar" />
      <Anchor id="keyboard">
        {KEYS.map(({ title, keys }) => (
          <Group key={title} title={title}>
            <dl className="py-1.5">
              {keys.map(([combination, what]) => (
                <div key={combination} className="flex items-center gap-3 py-1">
                  <dt className="w-24 shrink-0">
                    <Kbd>{NAMED[combination] ?? keyLabel(combination)}</Kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </Group>
        ))}
      </Anchor>
    </>
  );
}
