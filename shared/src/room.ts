/** Refusals to start a model for want of room. */
import type { AgentError } from './agent-error.js';

/** Codes of refusals that may end once other models are unloaded. */
export const NO_ROOM: ReadonlySet<string> = new Set(['NOT_ENOUGH_MEMORY', 'MEMORY_PRESSURE', 'GROUP_CONFLICT']);

/** Whether a start that was refused may succeed once other models are unloaded: not where the model alone is too large. */
export function roomHelps({ code, details }: AgentError): boolean {
  if (!NO_ROOM.has(code)) return false;
  const [needed, budget] = [Number(details.neededGb), Number(details.budgetGb)];
  return code !== 'NOT_ENOUGH_MEMORY' || Number.isNaN(needed + budget) || needed <= budget;
}
