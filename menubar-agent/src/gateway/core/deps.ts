/** What the gateway stands on. */
import type { Logger } from '../../core/index.js';
import type { RateLimits } from '../../http/index.js';
import type { Admission } from '../../pool/index.js';
import type { Providers } from '../providers/index.js';
import type { Routing } from '../routing/index.js';
import type { PromptCounter } from './count.js';
import type { ModelIndex } from './model-index.js';
import type { Shaping } from './shaping.js';
import type { StallWatch } from './stall-watch.js';
import type { TraceSink } from './trace.js';

export interface GatewayCoreDeps {
  readonly pool: Admission;
  readonly models: ModelIndex;
  readonly sink: TraceSink;
  /** Requests and tokens a minute, by key. */
  readonly limits: Pick<RateLimits, 'take' | 'spent'>;
  readonly routing: Pick<Routing, 'decide'>;
  readonly providers: Pick<Providers, 'chat' | 'pass' | 'native' | 'known'>;
  readonly shaping: Shaping;
  /** Counts what the engine was stopped before it told; estimated without. */
  readonly countPrompt?: PromptCounter;
  readonly logger: Logger;
  /** Looks at an engine that gave no answer. Settles when it is known how it is. */
  readonly onStall: (profileId: number) => Promise<void>;
  /** Notices engines that are silent. By default one of its own. */
  readonly stalls?: StallWatch;
  /** Notes that a profile's model is used. */
  readonly used: (profileId: number) => void;
}
