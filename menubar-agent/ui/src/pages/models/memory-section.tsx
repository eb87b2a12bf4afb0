/** What a model would need here, by the context one gives it. */
import { useId, useState } from 'react';
import type { Characteristics, MemoryEstimate } from '@mlx-manager/shared';
import { Card, cn, Gauge, Section } from '../../kit/index.js';
import { bytes } from '../../lib/format.js';
import { usePool, useServers } from '../../lib/resources.js';
import { contextsOf, memoryAt, memoryView } from './memory.js';

const GIB = 2 ** 30;
const TONE = { fits: 'text-good', loaded: 'text-good', 'after-unloading': 'text-warn', 'too-large': 'text-bad' } as const;

export interface MemorySectionProps {
  memory: MemoryEstimate;
  characteristics: Characteristics;
  /** What servers may call this model. */
  names: readonly (string | undefined)[];
}

export function MemorySection({ memory, characteristics, names }: MemorySectionProps) {
  const contexts = contextsOf(memory, characteristics.contextWindow);
  const initial = contexts.findIndex((one) => one >= (memory.contextLength ?? 0));
  const [step, setStep] = useState(Math.max(0, initial));
  const id = useId();
  const pool = usePool();
  const servers = useServers();
  const context = contexts[step] ?? null;
  const at = context === null ? memory : memoryAt(memory, characteristics, context);
  const ids = servers.data?.filter((server) => names.includes(server.modelPath)).map((server) => server.profileId) ?? [];
  const own = pool.data?.models.find((one) => ids.includes(one.profileId) && one.memoryGb !== null)?.memoryGb ?? null;
  const view = pool.data && memoryView(at.totalBytes, pool.data, own === null ? null : own * GIB);
  const parts = [
    ...(view && view.others > 0 ? [{ label: 'Other models', value: view.others, series: 0 as const }] : []),
    { label: 'Weights', value: at.weightsBytes, series: 1 as const },
    { label: 'KV cache', value: at.kvCacheBytes, series: 2 as const },
    { label: 'Overhead', value: at.overheadBytes, series: 3 as const },
  ];
  return (
    <Section title="Memory">
      <Card>
        <p aria-live="polite" className={cn('mb-2 min-h-5 font-medium', view && TONE[view.verdict])}>
          {view?.sentence ?? '\u00a0'}
        </p>
        <Gauge
          parts={parts}
          total={view?.budget ?? at.totalBytes}
          {...(view && { limit: view.budget })}
          label={`Memory: ${bytes(at.totalBytes)}${view ? ` of ${bytes(view.budget)}` : ''}`}
          legend
          format={bytes}
        />
        {contexts.length > 1 && context !== null && (
          <div className="mt-3 flex items-center gap-3">
            <label htmlFor={id} className="text-muted">
              Context
            </label>
            <input
              id={id}
              type="range"
              min={0}
              max={contexts.length - 1}
              step={1}
              value={step}
              aria-valuetext={`${context.toLocaleString('en')} tokens`}
              onChange={(event) => setStep(Number(event.target.value))}
              className="h-5 min-w-0 flex-1"
            />
            <output htmlFor={id} className="w-28 text-right">
              {context.toLocaleString('en')} tokens
            </output>
          </div>
        )}
        {memory.basis === 'size' && (
          <p className="mt-2 text-sm text-muted">Its config does not say how large its cache is: this is its size and a fifth.</p>
        )}
      </Card>
    </Section>
  );
}
