/** The controls in which one chooses: model and engine. */
import { useState } from 'react';
import FolderOpen from 'lucide-react/icons/folder-open';
import List from 'lucide-react/icons/list';
import { Link } from 'wouter';
import type { Engine, ModelType } from '@mlx-manager/shared';
import { Button, Combobox, IconButton, Input, Select, type Option } from '../../kit/index.js';
import { installEngine, modelPathOf } from '../../lib/bring-up.js';
import { bytes } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { KINDS } from './fields.js';
import { localModelOf } from './form.js';
import type { Known, ProfileForm } from './use-form.js';

/** A downloaded model, or one that is typed: a hub ID, or a folder. */
export function ModelPicker({ form, known }: { form: ProfileForm; known: Known }) {
  const path = form.values.modelPath;
  const local = localModelOf(path, known.models);
  const [typing, setTyping] = useState(known.models.length === 0 || (path !== '' && !local));
  if (typing) {
    return (
      <>
        <Input
          value={path}
          onValueChange={(next) => form.setModel(next)}
          placeholder="mlx-community/Qwen3-4B-4bit, or /path/of/a/model"
          className="font-mono !text-sm"
        />
        {known.models.length > 0 && <IconButton label="Choose a downloaded model" icon={<List />} onClick={() => setTyping(false)} />}
      </>
    );
  }
  return (
    <>
      <Combobox
        className="w-full"
        placeholder="Choose a downloaded model…"
        empty="No such model here. Another one can be typed by the button beside."
        value={local ? modelPathOf(local) : null}
        onValueChange={(next) => next !== null && form.setModel(next)}
        options={known.models.map((model) => ({
          value: modelPathOf(model),
          label: model.modelId,
          hint: `${KINDS[model.characteristics.modelType]} · ${bytes(model.sizeBytes)}`,
        }))}
      />
      <IconButton label="Type a hub ID or a folder" icon={<FolderOpen />} onClick={() => setTyping(true)} />
    </>
  );
}

/** What is known of the model that is named. */
export function ModelNote({ path, known }: { path: string; known: Known }) {
  const trimmed = path.trim();
  if (trimmed === '') return null;
  const local = localModelOf(trimmed, known.models);
  if (local) {
    return (
      <span className="block">
        {bytes(local.sizeBytes)} on disk; it needs about {bytes(local.memory.totalBytes)} of memory.
      </span>
    );
  }
  if (/^[/~]/.test(trimmed)) return null;
  return (
    <span className="block text-warn">
      It is not on this machine. <Link href={`/models/${encodeURIComponent(trimmed)}`}>Look at it in Models</Link> to download it before the
      first start.
    </span>
  );
}

const STATES: Record<Engine['state'], string> = {
  installed: '',
  missing: 'not installed',
  installing: 'being installed',
  broken: 'needs repair',
};
const withState = ({ name, state }: Engine): string => (STATES[state] === '' ? name : `${name}, ${STATES[state]}`);

export function EnginePicker({ form, engines }: { form: ProfileForm; engines: readonly Engine[] }) {
  const { engine, modelType } = form.values;
  const standard = engines.find(({ defaultFor }) => defaultFor.includes(modelType as ModelType));
  const options: Option<string>[] = [
    { value: '', label: standard ? `Default (${withState(standard)})` : 'Default' },
    ...engines.map((one) => {
      const able = one.capabilities.modelTypes.includes(modelType as ModelType);
      return { value: one.id, label: withState(one), disabled: !able, ...(!able && { hint: 'does not serve models of this kind' }) };
    }),
    // A profile of another release may name one that this agent does not know.
    ...(engine !== '' && !engines.some(({ id }) => id === engine) ? [{ value: engine, label: engine, hint: 'unknown here' }] : []),
  ];
  return <Select value={engine} onValueChange={(next) => form.set('engine', next)} options={options} className="w-64" />;
}

/** Offers to install the engine that is chosen. */
export function EngineNote({ engine }: { engine: Engine | undefined }) {
  const install = useAction((client, id: string) => installEngine(client, id), { success: () => `${engine?.name} is installed.` });
  if (!engine || engine.state === 'installed') return null;
  const busy = install.pending || engine.state === 'installing';
  return (
    <span className="mt-1 flex flex-wrap items-center gap-2 text-warn">
      {engine.name} is {STATES[engine.state]}.
      <Button size="sm" pending={busy} onClick={() => void install.run(engine.id)}>
        {busy ? 'Installing…' : engine.state === 'broken' ? 'Repair' : 'Install'}
      </Button>
      {busy && engine.progress !== null && <span className="w-full truncate text-muted">{engine.progress}</span>}
    </span>
  );
}
