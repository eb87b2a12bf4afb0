/** Chat: conversations with models. */
import { Await, EmptyState, PageBody, PageHeader } from '../../kit/index.js';
import { useApi } from '../../lib/query.js';

export default function Chat() {
  const chats = useApi(['chats'], (client, signal) => client.chatsPage({ signal }), { topics: ['chat'] });
  return (
    <>
      <PageHeader title="Chat" />
      <PageBody>
        <Await of={chats}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title="No chat yet" />
            ) : (
              <ul>
                {items.map(({ chat }) => (
                  <li key={chat.id}>{chat.title}</li>
                ))}
              </ul>
            )
          }
        </Await>
      </PageBody>
    </>
  );
}
