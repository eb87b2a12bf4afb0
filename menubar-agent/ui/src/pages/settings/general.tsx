/** General: looks, login, ends, chats. */
import { Field, Select } from '../../kit/index.js';
import { setTheme, useTheme } from '../../lib/theme.js';
import { Settings } from './groups.js';
import { LoginRow } from './login.js';
import { Anchor, Group, rowClass } from './row.js';

export default function General() {
  return (
    <>
      <Group title="Appearance">
        <ThemeRow />
      </Group>
      <Group title="Start">
        <LoginRow />
      </Group>
      <Settings group="agent" />
      <Settings group="chats" />
    </>
  );
}

function ThemeRow() {
  const theme = useTheme();
  return (
    <Anchor id="theme" className={rowClass}>
      <Field row label="Theme" hint="Of this window, the dropdown and other windows of this browser. Counts at once." className="!py-1.5">
        <Select
          value={theme}
          onValueChange={setTheme}
          options={[
            { value: 'system', label: 'Like the system' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          className="w-48"
        />
      </Field>
    </Anchor>
  );
}
