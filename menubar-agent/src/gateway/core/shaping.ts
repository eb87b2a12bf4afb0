/** What the gateway asks of `shaping/`. */
import type { NativeAbilities } from '../../engines/index.js';
import type { ChatStream } from './chunks.js';

type Body = Readonly<Record<string, unknown>>;

/** Wrappers for what an engine cannot do itself; see `shaping/`. */
export interface Shaping {
  /** Whether this request needs more than the engine can. */
  needed(body: Body, native: NativeAbilities): boolean;
  /** The same answer, with what the engine lacks done here. @param promptTokens asked where the engine was stopped before it told its figures. */
  shape(body: Body, native: NativeAbilities, ask: (body: Body) => ChatStream, promptTokens?: () => number | Promise<number>): ChatStream;
}
