/** A tile's figures, each with the line of its last two minutes. */
import type { ReactNode } from 'react';
import type { Server, ServerUsage, SystemMemory } from '@mlx-manager/shared';
import { Sparkline } from '../../kit/meters.js';
import { count, duration, memoryMb, percent } from '../../lib/format.js';
import { useNow } from '../../lib/now.js';
import type { History } from './history.js';

const UNKNOWN = '–';

function Metric({ name, title, value, children }: { name: string; title?: string | undefined; value: ReactNode; children?: ReactNode }) {
  return (
    <div className="min-w-0" title={title}>
      <dt className="truncate text-xs text-muted">{name}</dt>
      <dd className="truncate font-medium">{value}</dd>
      {children !== undefined && (
        <dd aria-hidden className="mt-1 h-6 overflow-hidden rounded-sm bg-hover">
          {children}
        </dd>
      )}
    </div>
  );
}

export interface MetricsProps {
  server: Server;
  usage: ServerUsage | undefined;
  memory: SystemMemory | undefined;
  history: History;
}

export function Metrics({ server, usage, memory, history }: MetricsProps) {
  const now = Date.now();
  const rings = history.of(server.profileId);
  const gpu = memory?.gpu.utilizationPercent ?? null;
  const chart = (values: readonly (number | null)[], series: number, max?: number): ReactNode => (
    <Sparkline values={values} label="" series={series} className="h-6 w-full" {...(max !== undefined && { max })} />
  );
  const totalMb = memory === undefined ? undefined : memory.totalGb * 1024;
  const waiting = usage?.queued ?? 0;
  const active = Math.max(0, (usage?.active ?? 0) - waiting);
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(104px,1fr))] gap-x-4 gap-y-2">
      <Metric name="Memory" value={server.memoryMb === null ? UNKNOWN : memoryMb(server.memoryMb)}>
        {chart(rings.memory.line(now), 1, totalMb)}
      </Metric>
      <Metric name="CPU" title="Of one core: 200 % are two cores" value={server.cpuPercent === null ? UNKNOWN : percent(server.cpuPercent)}>
        {chart(rings.cpu.line(now), 4, Math.max(100, ...rings.cpu.line(now).map((value) => value ?? 0)))}
      </Metric>
      <Metric name="GPU" title="Of the whole machine: macOS tells no share of one process" value={gpu === null ? UNKNOWN : percent(gpu)}>
        {chart(history.gpu.line(now), 2, 100)}
      </Metric>
      <Metric name="Tokens/s" value={usage === undefined ? UNKNOWN : speed(usage.tokensPerSecond)}>
        {chart(rings.speed.line(now), 3)}
      </Metric>
      <Metric
        name="Tokens"
        title={usage && `${usage.promptTokens} read, ${usage.completionTokens} written since it was started`}
        value={usage === undefined ? UNKNOWN : count(usage.promptTokens + usage.completionTokens)}
      >
        {chart(rings.tokens.line(now), 6)}
      </Metric>
      <Metric name="Requests" value={waiting > 0 ? `${active} active, ${waiting} wait` : active > 0 ? `${active} active` : 'none'}>
        {chart(rings.requests.line(now), 5)}
      </Metric>
      <Metric name="Uptime" value={<Uptime server={server} />} />
    </dl>
  );
}

const speed = (value: number): string => (value < 99.95 ? value.toFixed(1) : String(Math.round(value)));

/** Counts on between events, by this browser's clock from when the agent told it. */
export function Uptime({ server }: { server: Pick<Server, 'uptimeSeconds' | 'startedAt' | 'state'> }) {
  const running = server.startedAt !== null && server.state !== 'failed';
  const now = useNow(1000, running);
  if (server.startedAt === null) return UNKNOWN;
  const since = (now - Date.parse(server.startedAt)) / 1000;
  return duration(Math.max(0, Math.floor(running ? since : server.uptimeSeconds), 0));
}
