/** Failures in words the owner understands. */
import { isNativeError } from 'node:util/types';
import { AgentError, type ErrorCode, type ServerFailure } from '@mlx-manager/shared';
import type { EngineAdapter } from '../../engines/index.js';
import { SpawnError, type ProcessEnd } from './spawn.js';

type Words = Pick<ServerFailure, 'kind' | 'message' | 'action'>;

/** Lines of the log that go with a failure. */
export const TAIL_LINES = 20;
/** Lines an adapter reads to find the reason: tracebacks are long. */
export const EXPLAIN_LINES = 200;

const noEnd: ProcessEnd = { exitCode: null, signal: null };

/** A failure whose words are known. @param lines the engine's last lines. */
export function failureOf(words: Words, lines: readonly string[], end: ProcessEnd = noEnd): ServerFailure {
  return { ...words, logTail: lines.slice(-TAIL_LINES), exitCode: end.exitCode, signal: end.signal };
}

/**
 * Why a process ended by itself: the engine's own words if its adapter knows them, else how it ended.
 * @param loading whether it had not been ready yet.
 */
export function endedFailure(
  name: string,
  adapter: EngineAdapter,
  lines: readonly string[],
  end: ProcessEnd,
  loading = false,
): ServerFailure {
  return failureOf(adapter.explainFailure(lines) ?? endWords(name, adapter, end, loading), lines, end);
}

/** It was there when an earlier agent ended, and is not any more. @param how what became of it, the end of a sentence. */
export function absentFailure(name: string, adapter: EngineAdapter, lines: readonly string[], how: string): ServerFailure {
  const sentence = `${adapter.name} ${how}.`;
  const known = adapter.explainFailure(lines);
  if (known !== null) return failureOf({ ...known, message: `${sentence} ${known.message}` }, lines);
  return failureOf({ kind: 'crashed', message: sentence, action: `Start it again: mlx-manager run "${name}"` }, lines);
}

function endWords(name: string, adapter: EngineAdapter, { exitCode, signal }: ProcessEnd, loading: boolean): Words {
  const action = `Its last lines say more: mlx-manager logs "${name}"`;
  // Signals of ours never come here: a server that is let go is not judged.
  if (loading && (signal === 'SIGKILL' || signal === 'SIGSEGV')) {
    return {
      kind: 'out_of_memory',
      message: `${adapter.name} was ended by ${signal} while it loaded the model. Most likely the memory did not suffice.`,
      action: `Close other programs, or use a smaller model or context length. ${action}`,
    };
  }
  if (signal === 'SIGKILL') {
    return {
      kind: 'crashed',
      message: `${adapter.name} was killed from outside. The system does that when memory runs out.`,
      action: `Close other programs, or use a smaller model or context length. ${action}`,
    };
  }
  if (signal !== null) return { kind: 'crashed', message: `${adapter.name} was ended by ${signal}.`, action };
  if (exitCode === null) return { kind: 'crashed', message: `${adapter.name} ended.`, action };
  return { kind: 'crashed', message: `${adapter.name} ended by itself with exit code ${exitCode}.`, action };
}

/**
 * It could not even be started, or not be watched: the words of an error of ours, or the system's. What neither said (the database, a
 * mistake of ours) is no reading for the owner: it is in the agent's log.
 */
export function errorFailure(adapter: EngineAdapter, error: unknown): ServerFailure {
  if (error instanceof AgentError) return failureOf({ kind: kindOf(error.code), message: error.message, action: error.action }, []);
  const message = `${adapter.name} cannot be run: ${reasonOf(error)}.`;
  if (error instanceof SpawnError && error.missing) {
    return failureOf({ kind: 'package_missing', message, action: `Install the engine again: POST /api/engines/${adapter.id}/install` }, []);
  }
  if (error instanceof SpawnError || (isNativeError(error) && 'syscall' in error)) {
    return failureOf({ kind: 'crashed', message, action: 'Set right what the system says, then start it again.' }, []);
  }
  return errorFailure(adapter, new AgentError('INTERNAL', {}, { cause: error }));
}

function kindOf(code: ErrorCode): Words['kind'] {
  if (code.startsWith('MODEL_')) return 'model_missing';
  if (code.startsWith('ENGINE_') || code.startsWith('PYTHON_')) return 'package_missing';
  if (code === 'PORT_IN_USE' || code === 'NO_FREE_PORT') return 'port_taken';
  return 'crashed';
}

/** Nothing ready within the start timeout. */
export function timeoutFailure(name: string, seconds: number, lines: readonly string[]): ServerFailure {
  return failureOf(
    {
      kind: 'timeout',
      message: `The model was not ready after ${seconds} s.`,
      action: `Use a smaller model, or raise the setting start_timeout. How far it came: mlx-manager logs "${name}"`,
    },
    lines,
  );
}

/** It says that it is well and answers nothing. */
export function unresponsiveFailure(name: string, reason: string, lines: readonly string[]): ServerFailure {
  return failureOf(
    {
      kind: 'unresponsive',
      message: `The engine runs but does not answer: ${reason}.`,
      action: `Restart it. Its log may say why: mlx-manager logs "${name}"`,
    },
    lines,
  );
}

/** It said of itself that it failed, but lives. */
export function reportedFailure(name: string, adapter: EngineAdapter, detail: string | null, lines: readonly string[]): ServerFailure {
  const words = adapter.explainFailure(lines) ?? {
    kind: 'crashed' as const,
    message: `${adapter.name} could not load the model${detail === null ? '' : `: ${detail}`}.`,
    action: `Its last lines say more: mlx-manager logs "${name}"`,
  };
  return failureOf(words, lines);
}

/** Another program answers on the engine's port. */
export function portFailure(port: number, program: string, lines: readonly string[]): ServerFailure {
  return failureOf(
    { kind: 'port_taken', message: `Port ${port} is in use by ${program}.`, action: 'End that program, or give the profile another port.' },
    lines,
  );
}

/** It crashed too often. */
export function crashLoopFailure(crashes: number, last: ServerFailure): ServerFailure {
  return { ...last, message: `It crashed ${crashes} times within ten minutes and is not started again. The last time: ${last.message}` };
}

/** Even SIGKILL left something. */
export function unkillableFailure(pids: readonly number[]): ServerFailure {
  return failureOf(
    {
      kind: 'unresponsive',
      message: `These processes could not be ended: ${pids.join(', ')}.`,
      action: 'Try to stop it again. If that does not help, restart the machine: the system holds them.',
    },
    [],
  );
}

/** Trying again cannot help: the next start would fail in the same way. */
export const isPermanent = (failure: ServerFailure): boolean =>
  ['package_missing', 'model_missing', 'unsupported_model', 'bad_option'].includes(failure.kind);

/** An error's message, without the full stop. */
export const reasonOf = (error: unknown): string => (isNativeError(error) ? error.message : String(error)).replace(/\.$/, '');
