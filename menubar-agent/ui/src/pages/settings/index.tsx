/** Settings, with what they do. */
import { Await, Field, PageBody, PageHeader, Section, Select } from '../../kit/index.js';
import { useAgentStatus } from '../../lib/resources.js';
import { setTheme, useTheme } from '../../lib/theme.js';

export default function Settings() {
  const agent = useAgentStatus();
  const theme = useTheme();
  return (
    <>
      <PageHeader title="Settings" />
      <PageBody>
        <Section title="Appearance">
          <Field label="Theme" row>
            <Select
              value={theme}
              onValueChange={setTheme}
              options={[
                { value: 'system', label: 'Like the system' },
                { value: 'light', label: 'Light' },
                { value: 'dark', label: 'Dark' },
              ]}
            />
          </Field>
        </Section>
        <Section title="About">
          <Await of={agent}>{({ version }) => <p>Version {version}</p>}</Await>
        </Section>
      </PageBody>
    </>
  );
}
