/** What metering needs from outside. */
import type { Server, SettingsValues } from '@mlx-manager/shared';
import type { Clock, EventBus, Logger } from '../../core/index.js';
import type { RequestsRepository } from '../../store/index.js';
import type { CountPrompt, CountTokens } from './token-count.js';

type MeteringSettings = Pick<
  SettingsValues,
  | 'requestRetentionDays'
  | 'requestMaxRows'
  | 'captureRequests'
  | 'otelEndpoint'
  | 'alertFirstTokenMs'
  | 'alertErrorPercent'
  | 'memoryEvictPercent'
  | 'memoryRefusePercent'
>;

export interface MeteringDeps {
  readonly repository: RequestsRepository;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly setting: <K extends keyof MeteringSettings>(key: K) => MeteringSettings[K];
  /** Bytes of the machine's memory. */
  readonly memory: () => Promise<{ totalBytes: number; availableBytes: number }>;
  readonly servers: () => readonly Server[];
  /** Counts with the tokenizer of a profile's model; left out, the number of pieces stands. */
  readonly countTokens?: CountTokens;
  /** Counts a whole request as the model's template writes it; left out, its words are counted. */
  readonly countPrompt?: CountPrompt;
  /** OTEL_EXPORTER_OTLP_HEADERS is sent to the OpenTelemetry collector. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
