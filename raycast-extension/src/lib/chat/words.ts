/** A chat as Markdown for Raycast's detail view. What a model wrote is not trusted: see `inert`. */
import { textOf, type AnswerMetrics, type ChatMessage, type MessagePart } from "@mlx-manager/shared";
import { adviceFor } from "../advice.js";
import { count, duration, tokensPerSecond } from "../format.js";
import { inert, isIntricate, plain } from "../markdown.js";

export { inert } from "../markdown.js";

export interface Turn {
  /** Of the question, or of the first answer where none was asked. */
  readonly id: string;
  readonly question: ChatMessage | null;
  /** Answers and results of tools, in order. */
  readonly answers: readonly ChatMessage[];
}

/** Questions with their answers, oldest first. */
export function turnsOf(messages: readonly ChatMessage[]): Turn[] {
  const turns: { id: string; question: ChatMessage | null; answers: ChatMessage[] }[] = [];
  for (const message of messages) {
    const turn = turns.at(-1);
    if (message.role === "user" || !turn) {
      const question = message.role === "user" ? message : null;
      turns.push({ id: message.id, question, answers: question ? [] : [message] });
    } else turn.answers.push(message);
  }
  return turns;
}

/** The answer a turn ended with; null while there is none. */
export const answerOf = ({ answers }: Turn): ChatMessage | null =>
  answers.findLast(({ role }) => role === "assistant") ?? null;

/** Whether something can be written on behind an answer: it did not come to its end. */
export const isUnfinished = ({ status, metrics }: ChatMessage): boolean =>
  ["stopped", "interrupted", "failed"].includes(status) || metrics?.finishReason === "length";

/** One line for a row: the question's text, or the names of its files. */
export function titleOf({ question, answers }: Turn): string {
  const message = question ?? answers[0];
  if (!message) return "";
  const line = textOf(message).trim().replace(/\s+/g, " ").slice(0, 200);
  return line || message.parts.flatMap((part) => ("name" in part ? [part.name] : [])).join(", ");
}

export interface Look {
  /** Whether thinking is shown in full. */
  thinking: boolean;
  /** Milliseconds since 1970, for what goes on. */
  now?: number;
}

/** A turn as Markdown: question, thinking, answer, figures. */
export const turnMarkdown = (turn: Turn, look: Look): string => chatMarkdown([turn], look);

/** The whole chat as Markdown. */
export function chatMarkdown(turns: readonly Turn[], look: Look): string {
  // Where one answer's code has doubtful bounds, so has that of those behind it on the same page.
  const strict = turns.some(({ answers }) =>
    answers.some(({ parts }) => parts.some((part) => "text" in part && isIntricate(part.text))),
  );
  return turns.map((turn) => drawn(turn, { ...look, strict })).join("\n\n---\n\n");
}

interface Drawing extends Look {
  /** Whether no code is spared when pictures and HTML are disarmed. */
  strict: boolean;
}

function drawn(turn: Turn, look: Drawing): string {
  const parts = turn.question ? [questionMarkdown(turn.question)] : [];
  for (const answer of turn.answers) parts.push(answerMarkdown(answer, look));
  return parts.filter((part) => part !== "").join("\n\n");
}

function questionMarkdown(message: ChatMessage): string {
  const files = message.parts.flatMap((part) =>
    "name" in part && "mediaType" in part ? [`📎 ${plain(part.name)}`] : [],
  );
  return quoted([plain(textOf(message)), ...files].filter((line) => line !== "").join("\n\n"));
}

function answerMarkdown(message: ChatMessage, look: Drawing): string {
  const { now = Date.now() } = look;
  const waits = message.status === "generating";
  const blocks = message.parts.map((part, i) => partMarkdown(part, look, waits && i === message.parts.length - 1));
  if (waits && message.parts.length === 0) blocks.push(`*Waiting for the first token… ${elapsed(message, now)}*`);
  return [...blocks, ending(message), figures(message)].filter((block) => block !== "").join("\n\n");
}

const elapsed = ({ createdAt }: ChatMessage, now: number): string => {
  const seconds = Math.floor((now - Date.parse(createdAt)) / 1000);
  return seconds >= 2 ? duration(seconds) : "";
};

function partMarkdown(part: MessagePart, { thinking, strict }: Drawing, last: boolean): string {
  switch (part.type) {
    case "text":
      return inert(part.text, strict);
    case "thinking": {
      const title =
        part.durationMs === null
          ? last
            ? "Thinking…"
            : "Thought"
          : `Thought for ${part.durationMs < 100 ? "a moment" : duration(part.durationMs / 1000)}`;
      return thinking ? `▾ *${title}*\n\n${quoted(inert(part.text.trim(), strict))}` : `▸ *${title}*`;
    }
    case "tool_call":
      return `🔧 **${plain(part.name)}**\n\n${fenced(part.arguments, "json")}`;
    case "tool_result":
      return `${part.isError ? "⚠️" : "↩"} Result\n\n${fenced(part.content, "")}`;
    default:
      return `📎 ${plain(part.name)}`;
  }
}

function ending({ status, error }: ChatMessage): string {
  switch (status) {
    case "failed":
      return `⚠️ **${plain(error?.message ?? "The answer broke off.")}**\n\n${plain(error ? adviceFor(error.code, error.action) : "Regenerate it.")}`;
    case "interrupted":
      return "⚠️ **Interrupted** when MLX Manager ended. What was written is kept: continue or regenerate it.";
    case "stopped":
      return "*Stopped. Continue or regenerate it.*";
    case "complete":
    case "generating":
      return "";
  }
}

/** Speed and size of an answer in one line. */
export function metricsLine(metrics: AnswerMetrics): string {
  const { tokensPerSecond: speed, completionTokens, firstTokenMs, loadMs, promptTokens, finishReason } = metrics;
  return [
    speed !== null && tokensPerSecond(speed),
    completionTokens !== null && `${count(completionTokens)} tokens`,
    promptTokens !== null && `${count(promptTokens)} in prompt`,
    firstTokenMs !== null && `first token after ${duration(firstTokenMs / 1000)}`,
    loadMs >= 100 && `loaded in ${duration(loadMs / 1000)}`,
    finishReason === "length" && "cut at its length limit",
  ]
    .filter((word) => word !== false)
    .join(" · ");
}

function figures({ metrics, trimmed, profileName, model }: ChatMessage): string {
  const words = [
    metrics && metricsLine(metrics),
    metrics && (profileName ?? model),
    trimmed > 0 &&
      `the oldest ${trimmed === 1 ? "message was" : `${trimmed} messages were`} left out: the context is full`,
  ].filter((word) => typeof word === "string" && word !== "");
  return words.length === 0 ? "" : `*${plain(words.join(" · "))}*`;
}

const quoted = (text: string): string =>
  text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");

/** A fence longer than any inside. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
