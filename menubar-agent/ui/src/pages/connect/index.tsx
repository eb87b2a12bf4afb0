/** Connect: how other programs use the models of this machine. */
import { Await, CodeBlock, PageBody, PageHeader, Section } from '../../kit/index.js';
import { useAgentStatus } from '../../lib/resources.js';

export default function Connect() {
  const agent = useAgentStatus();
  return (
    <>
      <PageHeader title="Connect" />
      <PageBody>
        <Await of={agent}>
          {({ baseUrl }) => (
            <Section title="Base URL" hint="For any OpenAI client.">
              <CodeBlock code={baseUrl} label="base URL" />
            </Section>
          )}
        </Await>
      </PageBody>
    </>
  );
}
