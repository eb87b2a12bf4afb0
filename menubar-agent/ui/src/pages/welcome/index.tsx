/** The first run: engine, a model that fits, start, one question answered. Each step shows how far it is; the next one goes on by itself. */
import { useEffect, useRef, useState } from 'react';
import type { LocalModel, Profile } from '@mlx-manager/shared';
import { ErrorState, PageBody, PageHeader, Skeleton } from '../../kit/index.js';
import { profileFor, startProfile } from '../../lib/bring-up.js';
import { useAction } from '../../lib/query.js';
import { useDownloads, useEngines, useLocalModels, useServers } from '../../lib/resources.js';
import { AskStep } from './ask-step.js';
import { EngineStep } from './engine-step.js';
import { ModelStep } from './model-step.js';
import { StartStep } from './start-step.js';
import { chatModels, engineOf, initialModel, serverOfModel } from './state.js';

export default function Welcome() {
  const engines = useEngines();
  const models = useLocalModels();
  const downloads = useDownloads();
  const servers = useServers();
  const all = [engines, models, downloads, servers];
  const failed = all.find((one) => one.error !== null && one.data === undefined);
  const ready = engines.data && models.data && downloads.data && servers.data;
  return (
    <>
      <PageHeader title="Welcome" count="From nothing to an answer" />
      <PageBody label="First steps">
        {ready ? (
          <Path />
        ) : failed?.error ? (
          <ErrorState error={failed.error} retry={failed.refetch} />
        ) : (
          <Skeleton rows={4} height={72} className="mx-auto w-full max-w-2xl" />
        )}
      </PageBody>
    </>
  );
}

/** Everything is known here. What was chosen lasts as long as the page; what was begun lasts in the agent. */
function Path() {
  const engines = useEngines().data ?? [];
  const models = useLocalModels().data ?? [];
  const downloads = useDownloads().data ?? [];
  const servers = useServers().data ?? [];
  const [chosen, choose] = useState<string | null>(() => initialModel(downloads, servers, models));
  const model = models.find((one) => one.modelId === chosen && one.complete) ?? null;
  const engine = engineOf(engines, model?.characteristics.modelType ?? 'lm');
  const engineReady = engine?.state === 'installed';
  const server = model && serverOfModel(model, servers);
  const [profile, setProfile] = useState<Profile | null>(null);
  const start = useAction(
    async (client, { which, makeRoom }: { which: LocalModel; makeRoom: boolean }) => {
      const found = await profileFor(client, which);
      await startProfile(client, found.id, makeRoom);
      return found;
    },
    // It is told in its step.
    { done: setProfile, failed: () => true },
  );
  // Once for each choice: a start that failed is tried again by hand.
  const begun = useRef<string | null>(null);
  const { run } = start;
  useEffect(() => {
    if (!engineReady || model === null || server || begun.current === model.modelId) return;
    begun.current = model.modelId;
    void run({ which: model, makeRoom: false });
  }, [engineReady, model, server, run]);

  return (
    <ol className="mx-auto flex w-full max-w-2xl flex-col gap-3">
      <EngineStep engine={engine} />
      <ModelStep
        chosen={chosen}
        choose={(modelId) => {
          begun.current = null;
          start.reset();
          choose(modelId);
        }}
        here={chatModels(models)}
        task={downloads.find((one) => one.modelId === chosen)}
        ready={model !== null}
      />
      <StartStep
        model={model}
        engineReady={engineReady}
        server={server}
        starting={start.pending}
        error={start.error}
        again={(makeRoom) => model && void run({ which: model, makeRoom })}
      />
      <AskStep profileId={server?.state === 'healthy' ? server.profileId : null} name={server?.profileName ?? profile?.name ?? null} />
    </ol>
  );
}
