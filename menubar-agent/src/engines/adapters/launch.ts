/** What building a command line has in common for engines that are Python programs. */
import { profileShape } from '@mlx-manager/shared';
import type { LaunchSpec } from '../types.js';

/**
 * Environment of every engine. Models are on disk before an engine starts, so it needs no network:
 * offline it neither waits for the hub nor tells it anything.
 */
export const engineEnv: Readonly<Record<string, string>> = {
  HF_HUB_OFFLINE: '1',
  TRANSFORMERS_OFFLINE: '1',
  HF_DATASETS_OFFLINE: '1',
  HF_HUB_DISABLE_TELEMETRY: '1',
  DO_NOT_TRACK: '1',
  // A log file is read while it grows.
  PYTHONUNBUFFERED: '1',
  // Apps started from Finder have no locale; engines print more than ASCII.
  PYTHONUTF8: '1',
  // Packages of the user's own site folder do not belong in the engine's environment.
  PYTHONNOUSERSITE: '1',
};

/** `localhost` may be ::1 or 127.0.0.1; the agent always asks 127.0.0.1. */
export const bindHost = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);

/** `['--flag', 'value']`, or nothing for null and undefined. */
export function flag(name: string, value: string | number | null | undefined): string[] {
  return value === null || value === undefined ? [] : [name, String(value)];
}

/** Prompts read at once: engines take 8 by default, and never more than they decode. */
export const promptConcurrency = (maxConcurrency: number): number => Math.min(maxConcurrency, 8);

const defaultQueueTimeout = profileShape.queueTimeout.parse(undefined);
const defaultQueueSize = profileShape.queueSize.parse(undefined);

/** Which options a spec asks for, beyond the defaults: snake_case name → whether. */
export function askedFor(spec: LaunchSpec): Readonly<Record<string, boolean>> {
  const { sampling } = spec;
  return {
    context_length: spec.contextLength !== null,
    max_concurrency: spec.maxConcurrency !== null,
    queue_timeout: spec.queueTimeout !== defaultQueueTimeout,
    queue_size: spec.queueSize !== defaultQueueSize,
    tool_call_parser: spec.toolCallParser !== null,
    reasoning_parser: spec.reasoningParser !== null,
    enable_auto_tool_choice: spec.enableAutoToolChoice,
    trust_remote_code: spec.trustRemoteCode,
    chat_template_file: spec.chatTemplateFile !== null,
    log_file: spec.logFile !== null,
    'sampling.temperature': sampling.temperature !== undefined,
    'sampling.top_p': sampling.topP !== undefined,
    'sampling.top_k': sampling.topK !== undefined,
    'sampling.min_p': sampling.minP !== undefined,
    'sampling.max_tokens': sampling.maxTokens !== undefined,
    'sampling.repetition_penalty': sampling.repetitionPenalty !== undefined,
    'sampling.presence_penalty': sampling.presencePenalty !== undefined,
    'sampling.frequency_penalty': sampling.frequencyPenalty !== undefined,
    'sampling.seed': sampling.seed !== undefined,
  };
}

/**
 * Why an option may not be given by hand, or null.
 * @param option as the user wrote it: `--port`, `--port=1`, or a bare value (which is never refused).
 * @param guarded flag → reason.
 * @param abbreviations whether the engine's parser takes any unambiguous beginning of a flag, as argparse does.
 */
export function refuseGuarded(option: string, guarded: Readonly<Record<string, string>>, abbreviations: boolean): string | null {
  if (!option.startsWith('-')) return null;
  const name = option.split('=', 1)[0] ?? option;
  const exact = guarded[name];
  if (exact !== undefined) return exact;
  if (!abbreviations || !name.startsWith('--') || name === '--') return null;
  const full = Object.keys(guarded).find((candidate) => candidate.startsWith(name));
  return full === undefined ? null : `it is short for ${full}: ${guarded[full] ?? ''}`;
}
