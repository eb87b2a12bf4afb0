/** What routing decides on, and what it decides. */
import type { FallbackReason, RoutingCapability } from '@mlx-manager/shared';
import type { Protocol } from '../core/call.js';

/** What is known of a request before it is routed. What costs something is worked out when a rule asks for it. */
export interface RoutingFacts {
  /** As the client named it. */
  readonly model: string;
  /** E.g. `/v1/chat/completions`. */
  readonly endpoint: string;
  readonly protocol: Protocol;
  /** The client's own name; null when it gave none. */
  readonly client: string | null;
  /** Name of its API key; null without one. */
  readonly key: string | null;
  /** Another MLX Manager asks us as its provider: it is not sent on, or two of them would send a request to and fro. */
  readonly forwarded: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Estimated tokens of the prompt. */
  tokens(): number;
  needs(): ReadonlySet<RoutingCapability>;
}

/** Who answers. */
export type Target =
  /** As without rules: by the name the client gave. */
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'profile'; readonly profileId: number; readonly name: string }
  /** `model` is what the provider is asked for. */
  | { readonly kind: 'provider'; readonly providerId: number; readonly name: string; readonly model: string };

/** What became of one rule. */
export interface Verdict {
  readonly id: number;
  readonly name: string;
  readonly matched: boolean;
  /** Why: what it does when it was taken, else the first condition that did not hold. */
  readonly reason: string;
}

export interface Decision {
  readonly target: Target;
  /** Tried in order when the target fails for one of `fallbackOn`. */
  readonly fallbacks: readonly Target[];
  readonly fallbackOn: ReadonlySet<FallbackReason>;
  /** The rule that decided; null when none matched. */
  readonly rule: { readonly id: number; readonly name: string } | null;
  /** One for each rule that was looked at, in order. */
  readonly why: readonly Verdict[];
}
