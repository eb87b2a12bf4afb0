/**
 * `/metrics` in Prometheus's text format 0.0.4, written by hand: histograms must count from the agent's start although this file is only loaded at the
 * first scrape, which prom-client cannot take over; and that package (15.1.3) costs 9.5 MB of memory here while its name is being given up for
 * another (prometheus/client_js issue 750).
 * Sources: Prometheus's "Exposition formats" and "Metric and label naming"; OpenTelemetry's semantic conventions for generative AI metrics, from which
 * the `gen_ai_*` names, labels and bounds are taken.
 */
import { VERSION, type Alert, type Server, type Usage } from '@mlx-manager/shared';
import type { Aggregates, Histogram, Series } from './aggregates.js';

/** What is true now, beside what was counted. */
export interface Gauges {
  readonly usage: Usage;
  readonly active: number;
  readonly servers: readonly Pick<Server, 'profileName' | 'engine' | 'state' | 'memoryMb'>[];
  /** Bytes. */
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number } | null;
  readonly alerts: readonly Alert[];
  /** Measurements that could not be written and were given up. */
  readonly dropped: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

type Labels = Readonly<Record<string, string>>;
const LOADED: ReadonlySet<string> = new Set(['healthy', 'unhealthy']);

/** The whole text of a scrape. */
export function metricsText(aggregates: Aggregates, gauges: Gauges): string {
  const series = [...aggregates.series()];
  const text = new MetricsText();

  text.begin('mlx_manager_requests_total', 'counter', 'Requests that have ended.');
  for (const one of series) text.value(labelsOf(one), one.requests);
  text.begin('mlx_manager_tokens_total', 'counter', 'Tokens by type; cached is part of input, reasoning of output.');
  for (const one of series) {
    const { promptTokens: input, completionTokens: output, cachedTokens: cached, reasoningTokens: reasoning } = one;
    for (const [type, count] of Object.entries({ input, output, cached, reasoning }))
      text.value({ ...labelsOf(one), gen_ai_token_type: type }, count);
  }
  const histogram = (name: string, help: string, of: (one: Series) => Histogram): void => {
    text.begin(name, 'histogram', help);
    for (const one of series) if (of(one).count > 0) text.histogram(labelsOf(one), of(one));
  };
  histogram('gen_ai_server_request_duration_seconds', 'From the arrival of a request to the end of its answer.', (one) => one.duration);
  histogram(
    'gen_ai_server_time_to_first_token_seconds',
    'From the arrival of a request, queue and load included.',
    (one) => one.firstToken,
  );
  histogram('gen_ai_server_time_per_output_token_seconds', 'After the first token, of answers that succeeded.', (one) => one.tokenTime);
  histogram('mlx_manager_queue_duration_seconds', 'Waited for a turn.', (one) => one.queue);
  histogram('mlx_manager_load_duration_seconds', 'Waited for a model to load, where one had to.', (one) => one.load);

  text.begin('mlx_manager_requests_active', 'gauge', 'Requests under way, those that wait included.');
  text.value({}, gauges.active);
  text.begin('mlx_manager_requests_queued', 'gauge', 'Requests that wait for a turn.');
  for (const one of gauges.usage.servers) text.value({ profile: one.profileName ?? '' }, one.queued);
  text.begin('mlx_manager_model_loaded', 'gauge', '1 for each model in memory.');
  for (const one of gauges.servers) text.value({ profile: one.profileName, engine: one.engine }, LOADED.has(one.state) ? 1 : 0);
  text.begin('mlx_manager_server_memory_bytes', 'gauge', 'Memory an engine really takes.');
  for (const one of gauges.servers)
    if (one.memoryMb !== null) text.value({ profile: one.profileName, engine: one.engine }, one.memoryMb * 2 ** 20);
  if (gauges.memory) {
    text.begin('mlx_manager_memory_total_bytes', 'gauge', 'Memory of the machine.');
    text.value({}, gauges.memory.totalBytes);
    text.begin('mlx_manager_memory_available_bytes', 'gauge', 'Memory that is free for programs.');
    text.value({}, gauges.memory.availableBytes);
  }
  text.begin('mlx_manager_alerts', 'gauge', 'Alerts that stand.');
  for (const { kind, severity, profileName } of gauges.alerts) text.value({ kind, severity, profile: profileName ?? '' }, 1);
  text.begin('mlx_manager_measurements_dropped_total', 'counter', 'Measured requests that could not be written down.');
  text.value({}, gauges.dropped);
  text.begin('mlx_manager_build_info', 'gauge', 'Version of the agent.');
  text.value({ version: VERSION }, 1);
  text.begin('process_resident_memory_bytes', 'gauge', 'Memory of the agent.');
  text.value({}, process.memoryUsage.rss());
  text.begin('process_start_time_seconds', 'gauge', 'When the agent started, seconds since 1970.');
  text.value({}, gauges.startedAt / 1000);
  return text.text;
}

function labelsOf({ profile, engine, provider, protocol, operation, outcome }: Series): Labels {
  return {
    profile,
    protocol,
    outcome,
    gen_ai_operation_name: operation,
    gen_ai_provider_name: provider || engine,
    // Whether it was answered outside of this machine.
    location: provider === '' ? 'local' : 'cloud',
  };
}

class MetricsText {
  text = '';
  #name = '';

  begin(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): void {
    this.#name = name;
    this.text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  value(labels: Labels, value: number): void {
    this.#line('', labels, value);
  }

  histogram(labels: Labels, { bounds, counts, sum, count }: Histogram): void {
    let upTo = 0;
    bounds.forEach((bound, i) => {
      upTo += counts[i] as number;
      this.#line('_bucket', { ...labels, le: String(bound) }, upTo);
    });
    this.#line('_bucket', { ...labels, le: '+Inf' }, count);
    this.#line('_sum', labels, sum);
    this.#line('_count', labels, count);
  }

  #line(suffix: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
    this.text += `${this.#name}${suffix}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
  }
}

const escapeLabel = (text: string): string => text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
