/** One engine: version, abilities, size, and what can be done with it. */
import { useState } from 'react';
import Download from 'lucide-react/icons/download';
import Trash2 from 'lucide-react/icons/trash-2';
import Wrench from 'lucide-react/icons/wrench';
import type { Engine } from '@mlx-manager/shared';
import { Badge, Button, Card, Facts, Progress, StateDot } from '../../../kit/index.js';
import { adviceFor } from '../../../lib/advice.js';
import { bytes } from '../../../lib/format.js';
import { useAction } from '../../../lib/query.js';
import { InstallLog } from './install-log.js';
import { RemoveEngine } from './remove.js';
import { abilitiesOf, STATE_WORDS, TYPE_WORDS } from './words.js';

export function EngineCard({ engine }: { engine: Engine }) {
  const { id, name, state, version, sizeBytes, capabilities, defaultFor, error } = engine;
  const [removing, remove] = useState(false);
  const word = STATE_WORDS[state];
  return (
    <Card role="group" aria-label={name} className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="min-w-0 truncate text-lg font-semibold" title={id}>
          {name}
        </h3>
        {version !== null && <span className="text-muted">{version}</span>}
        <span role="status">
          <StateDot tone={word.tone} busy={word.busy} label={word.label} />
        </span>
        {sizeBytes !== null && <span className="text-muted">{bytes(sizeBytes)}</span>}
        <div className="ml-auto flex gap-2">
          <Actions engine={engine} onRemove={() => remove(true)} />
        </div>
      </div>
      <div className="flex flex-wrap gap-1">
        {capabilities.modelTypes.map((type) => (
          <Badge
            key={type}
            tone={defaultFor.includes(type) ? 'accent' : 'plain'}
            {...(defaultFor.includes(type) && { title: 'Used for this kind unless a profile names another engine' })}
          >
            {TYPE_WORDS[type]}
            {defaultFor.includes(type) && ' · default'}
          </Badge>
        ))}
        {abilitiesOf(engine).map((ability) => (
          <Badge key={ability}>{ability}</Badge>
        ))}
      </div>
      {state === 'installing' && (
        <div>
          <Progress value={null} label={`Installation of ${name}`} />
          <p className="mt-1 h-4 truncate text-sm text-muted" title={engine.progress ?? undefined}>
            {engine.progress ?? 'Starting…'}
          </p>
        </div>
      )}
      {error !== null && state !== 'installing' && (
        <p role="alert" className="wrap-anywhere">
          <span className="text-bad">{error.message}</span>{' '}
          <span className="text-muted">
            {/* The agent's own words name a call of its API; here there is a button. */}
            {state === 'broken' && error.code === 'ENGINE_NOT_INSTALLED'
              ? 'Choose Repair: it is installed anew. Models and profiles stay.'
              : adviceFor(error.code, error.action)}
          </span>
        </p>
      )}
      <div className="flex flex-col gap-1">
        <Details engine={engine} />
        <InstallLog engine={engine} />
      </div>
      {removing && <RemoveEngine engine={engine} onClose={() => remove(false)} />}
    </Card>
  );
}

function Actions({ engine, onRemove }: { engine: Engine; onRemove: () => void }) {
  const { id, name, state, pinnedVersion, upgradeAvailable, defaultFor } = engine;
  const install = useAction((client, engineId: string) => client.installEngine({ params: { engineId } }));
  const upgrade = useAction((client, engineId: string) => client.upgradeEngine({ params: { engineId } }));
  const there = state === 'installed' || state === 'broken';
  return (
    <>
      {state === 'missing' && (
        <Button
          variant={defaultFor.includes('lm') ? 'primary' : 'plain'}
          icon={<Download aria-hidden />}
          pending={install.pending}
          onClick={() => void install.run(id)}
        >
          Install {pinnedVersion}
          <span className="sr-only"> of {name}</span>
        </Button>
      )}
      {state === 'installed' && upgradeAvailable && (
        <Button variant="primary" icon={<Download aria-hidden />} pending={upgrade.pending} onClick={() => void upgrade.run(id)}>
          Upgrade to {pinnedVersion}
          <span className="sr-only"> of {name}</span>
        </Button>
      )}
      {there && (
        <Button
          variant={state === 'broken' ? 'primary' : 'plain'}
          icon={<Wrench aria-hidden />}
          title="Tries whether it works, and installs it anew where it does not"
          pending={install.pending}
          onClick={() => void install.run(id)}
        >
          {state === 'broken' ? 'Repair' : 'Check'}
          <span className="sr-only"> {name}</span>
        </Button>
      )}
      {there && (
        <Button variant="danger" icon={<Trash2 aria-hidden />} onClick={onRemove}>
          Remove
          <span className="sr-only"> {name}</span>
        </Button>
      )}
    </>
  );
}

function Details({ engine }: { engine: Engine }) {
  const { id, python, pythonRange, path, pinnedVersion, capabilities, unsupportedOptions } = engine;
  return (
    <details>
      <summary className="w-fit rounded text-sm text-muted hover:text-text">Details</summary>
      <div className="mt-1.5 rounded-md bg-sunken px-3 py-2">
        <Facts
          facts={[
            { name: 'Name in profiles', value: id, mono: true },
            { name: 'Version to install', value: pinnedVersion },
            { name: 'Python', value: python === null ? `needs ${pythonRange}` : `${python}, needs ${pythonRange}` },
            { name: 'Folder', value: path, copy: path, mono: true },
            { name: 'Answers itself', value: capabilities.endpoints.join(', '), mono: true },
            {
              name: 'Not able to',
              value: unsupportedOptions.length === 0 ? 'It knows every option of a profile.' : unsupportedOptions.join(', '),
              mono: unsupportedOptions.length > 0,
            },
          ]}
        />
      </div>
    </details>
  );
}
