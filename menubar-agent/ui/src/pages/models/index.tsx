/** Models: what is here, and what the hub has. */
import { Await, Card, EmptyState, PageBody, PageHeader } from '../../kit/index.js';
import { bytes } from '../../lib/format.js';
import { useLocalModels } from '../../lib/resources.js';

export default function Models() {
  const models = useLocalModels();
  return (
    <>
      <PageHeader title="Models" count={models.data?.length} />
      <PageBody>
        <Await of={models}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState title="No model is here yet" />
            ) : (
              <ul className="flex flex-col gap-2">
                {list.map((model) => (
                  <li key={model.modelId}>
                    <Card className="flex justify-between gap-3">
                      <span className="truncate" title={model.modelId}>
                        {model.modelId}
                      </span>
                      <span className="shrink-0 text-muted">{bytes(model.sizeBytes)}</span>
                    </Card>
                  </li>
                ))}
              </ul>
            )
          }
        </Await>
      </PageBody>
    </>
  );
}
