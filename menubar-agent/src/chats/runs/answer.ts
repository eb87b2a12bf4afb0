/** An answer that is being written: chunks become parts, in their order. */
import type { MessagePart } from '@mlx-manager/shared';
import type { ChatChunk, ToolCallDelta } from '../../gateway/index.js';

type Written = Extract<MessagePart, { text: string }>;
type CallPart = Extract<MessagePart, { type: 'tool_call' }>;

export class Answer {
  readonly parts: MessagePart[];
  /** Whether anything came since it began. */
  begun = false;
  #call: { index: number; part: CallPart } | null = null;
  /** Half of a surrogate pair, or white space at the beginning of a part that may never be one. */
  #held = '';
  #heldType: Written['type'] = 'text';
  #thinkingSince = 0;
  /** Milliseconds thought before this run, of the part that goes on. */
  #thoughtBefore = 0;

  /**
   * @param before parts it goes on behind.
   * @param now milliseconds.
   */
  constructor(
    before: readonly MessagePart[],
    private readonly now: () => number,
  ) {
    this.parts = before.map((part) => ({ ...part }));
    const last = this.parts.at(-1);
    if (last?.type === 'thinking') {
      this.#thoughtBefore = last.durationMs ?? 0;
      last.durationMs = null;
    }
  }

  /** Takes a chunk in. @returns whether it said anything. */
  take(chunk: ChatChunk): boolean {
    let said = false;
    // Only one answer is asked for.
    const delta = chunk.choices[0]?.delta;
    if (delta === undefined) return false;
    if (typeof delta.reasoning_content === 'string') said = this.say('thinking', delta.reasoning_content) || said;
    if (typeof delta.content === 'string') said = this.say('text', delta.content) || said;
    for (const call of delta.tool_calls ?? []) said = this.#callSome(call) || said;
    return said;
  }

  /** Adds text. @returns whether there was any. */
  say(type: Written['type'], text: string): boolean {
    if (text === '') return false;
    this.begun = true;
    this.#endCall();
    if (this.#held !== '' && this.#heldType !== type) {
      // White space between two parts belongs to neither.
      if (this.#held.trim() !== '') this.#append(this.#heldType, this.#held);
      this.#held = '';
    }
    const all = this.#held + text;
    this.#heldType = type;
    const opens = this.parts.at(-1)?.type !== type;
    if (opens && all.trim() === '') {
      this.#held = all;
      return true;
    }
    // A pair is never cut.
    const cut = isHighSurrogate(all.charCodeAt(all.length - 1)) ? all.length - 1 : all.length;
    this.#held = all.slice(cut);
    // The empty lines between thinking and answer belong to neither.
    const own = opens && this.parts.length > 0 ? all.slice(0, cut).replace(/^\s*\n/, '') : all.slice(0, cut);
    if (own !== '') this.#append(type, own);
    return true;
  }

  /** Nothing more comes. White space that nothing followed is left out. */
  end(): void {
    this.#endCall();
    this.#held = '';
    this.#endThinking();
  }

  #append(type: Written['type'], text: string): void {
    const last = this.parts.at(-1);
    if (last?.type === type) {
      if (type === 'thinking') this.#thinkingSince ||= this.now();
      last.text += text;
      return;
    }
    this.#endThinking();
    if (type === 'thinking') {
      this.#thinkingSince = this.now();
      this.parts.push({ type, text, durationMs: null });
    } else this.parts.push({ type, text });
  }

  #endThinking(): void {
    const last = this.parts.at(-1);
    if (last?.type !== 'thinking' || last.durationMs !== null) return;
    last.durationMs = Math.round(this.#thoughtBefore + (this.#thinkingSince === 0 ? 0 : this.now() - this.#thinkingSince));
    this.#thoughtBefore = 0;
    this.#thinkingSince = 0;
  }

  /** Calls are told whole: until its end a call is kept apart. */
  #callSome({ index, id, function: told }: ToolCallDelta): boolean {
    const at = index ?? (id === undefined || id === this.#call?.part.id ? (this.#call?.index ?? 0) : (this.#call?.index ?? -1) + 1);
    this.begun = true;
    this.#held = '';
    if (this.#call?.index !== at) {
      this.#endCall();
      this.#call = { index: at, part: { type: 'tool_call', id: '', name: '', arguments: '' } };
    }
    const { part } = this.#call as { part: CallPart };
    part.id ||= id ?? '';
    part.name ||= told?.name ?? '';
    part.arguments += told?.arguments ?? '';
    return true;
  }

  #endCall(): void {
    if (this.#call === null) return;
    const { index, part } = this.#call;
    this.#call = null;
    this.#endThinking();
    // Results name the call they belong to.
    this.parts.push({ ...part, id: part.id === '' ? `call_${this.parts.length}_${index}` : part.id });
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
