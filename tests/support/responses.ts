/** Reads the events of a Responses stream as a strict client would: their order is checked, and the response put together from deltas alone. */
import type { OutputItem, ResponsesEvent, ResponseObject } from '../../menubar-agent/src/gateway/responses/events.js';

interface Open {
  readonly item: OutputItem;
  /** Content parts (or summary parts) that are open, by index; the text so far. */
  readonly parts: Map<string, string>;
  /** Text of the parts that are done; input or arguments of a call. */
  readonly done: string[];
  text: string;
  closed: boolean;
}

const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/**
 * Fails with a sentence when events come as no client expects them.
 * @returns the last response, which says the same as the deltas did.
 */
export function checkResponse(all: readonly ResponsesEvent[]): ResponseObject {
  all.forEach(({ sequence_number }, index) => must(sequence_number === index, `event ${index} has the number ${sequence_number}`));
  const events = all.filter(({ type }) => type !== 'keepalive');
  const [first, second] = events;
  must(first?.type === 'response.created' && second?.type === 'response.in_progress', 'a response begins with created and in_progress');
  const last = events.at(-1);
  must(last !== undefined && ENDS.includes(last.type), `the last event is ${last?.type}`);
  const items: OutputItem[] = [];
  let open: Open | null = null;
  for (const event of events.slice(2, -1)) {
    must('output_index' in event, `${event.type} in the middle`);
    if (event.type === 'response.output_item.added') {
      must(open === null && event.output_index === items.length, `item ${event.output_index} begins inside another or out of turn`);
      open = { item: event.item, parts: new Map(), done: [], text: '', closed: false };
      continue;
    }
    must(open !== null && event.output_index === items.length, `${event.type} of item ${event.output_index} that is not open`);
    if (event.type === 'response.output_item.done') {
      must(open.parts.size === 0, 'an item ends with an open part');
      sameItem(open, event.item);
      items.push(event.item);
      open = null;
      continue;
    }
    must('item_id' in event && event.item_id === open.item.id, `${event.type} names another item`);
    inside(event, open);
  }
  must(open === null || last.type === 'response.failed', 'the response ends with an open item');
  must('response' in last, 'no response');
  const { response } = last;
  must(response.id === ('response' in first && first.response.id), 'another id at the end');
  must(`response.${response.status}` === last.type, `status ${response.status} in ${last.type}`);
  if (last.type !== 'response.failed') must(JSON.stringify(response.output) === JSON.stringify(items), 'the output is not the items');
  const callIds = items.flatMap((item) => ('call_id' in item ? [item.call_id] : []));
  must(new Set(callIds).size === callIds.length && !callIds.includes(''), 'calls without ids of their own');
  return response;
}

function inside(event: Exclude<ResponsesEvent, { type: 'keepalive' }>, open: Open): void {
  const { type } = open.item;
  const of = (...types: string[]): void => must(types.includes(type), `${event.type} in an item of type ${type}`);
  switch (event.type) {
    case 'response.content_part.added':
      of(event.part.type === 'output_text' ? 'message' : 'reasoning');
      begin(open, event.content_index);
      break;
    case 'response.reasoning_summary_part.added':
      of('reasoning');
      begin(open, event.summary_index);
      break;
    case 'response.output_text.delta':
    case 'response.reasoning_text.delta':
      of(event.type === 'response.output_text.delta' ? 'message' : 'reasoning');
      add(open, event.content_index, event.delta);
      break;
    case 'response.reasoning_summary_text.delta':
      of('reasoning');
      add(open, event.summary_index, event.delta);
      break;
    case 'response.output_text.done':
    case 'response.reasoning_text.done':
      must(open.parts.get(String(event.content_index)) === event.text, `${event.type} says another text`);
      break;
    case 'response.reasoning_summary_text.done':
      must(open.parts.get(String(event.summary_index)) === event.text, `${event.type} says another text`);
      break;
    case 'response.content_part.done':
      end(open, event.content_index, event.part.text);
      break;
    case 'response.reasoning_summary_part.done':
      end(open, event.summary_index, event.part.text);
      break;
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      of(event.type.startsWith('response.function') ? 'function_call' : 'custom_tool_call');
      must(!open.closed && event.delta !== '', 'a delta of nothing, or after the end');
      open.text += event.delta;
      break;
    case 'response.function_call_arguments.done':
      of('function_call');
      must(event.arguments === open.text, 'the arguments are not the deltas');
      open.closed = true;
      break;
    case 'response.custom_tool_call_input.done':
      of('custom_tool_call');
      must(event.input === open.text, 'the input is not the deltas');
      open.closed = true;
      break;
    default:
      throw new Error(`${event.type} inside an item`);
  }
}

function begin({ parts, done }: Open, index: number): void {
  must(parts.size === 0 && index === done.length, `part ${index} begins inside another or out of turn`);
  parts.set(String(index), '');
}

function add({ parts }: Open, index: number, delta: string): void {
  const text = parts.get(String(index));
  must(text !== undefined && delta !== '', 'a delta of nothing, or of no open part');
  parts.set(String(index), text + delta);
}

function end({ parts, done }: Open, index: number, text: string): void {
  must(parts.get(String(index)) === text, 'a part ends with another text');
  parts.delete(String(index));
  done.push(text);
}

/** The item at its end says what its deltas said. */
function sameItem(open: Open, item: OutputItem): void {
  must(item.id === open.item.id && item.type === open.item.type, 'the item is another one at its end');
  switch (item.type) {
    case 'message':
      must(JSON.stringify(item.content.map(({ text }) => text)) === JSON.stringify(open.done), 'the message says something else');
      break;
    case 'reasoning': {
      const said = [...item.summary, ...(item.content ?? [])].map(({ text }) => text);
      must(JSON.stringify(said) === JSON.stringify(open.done), 'the thinking says something else');
      break;
    }
    case 'function_call':
      must(open.closed && item.arguments === open.text, 'the call has other arguments, or no done event');
      break;
    case 'custom_tool_call':
      must(open.closed && item.input === open.text, 'the call has another input, or no done event');
  }
}

function must(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
