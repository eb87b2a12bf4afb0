/** A chat as Markdown that people read. */
import type { AnswerMetrics, Chat, ChatDetail, ChatMessage, MessagePart } from '@mlx-manager/shared';
import { closed, escaped, fenced, quoted } from './text.js';

/** @param persona name of the chat's persona, where it has one. */
export function exportMarkdown({ chat, messages }: ChatDetail, persona: string | null = null): string {
  return `${[...headOf(chat, messages, persona), ...messages.map(turn)].join('\n\n')}\n`;
}

function headOf(chat: Chat, messages: readonly ChatMessage[], persona: string | null): string[] {
  const models = [...new Set(messages.flatMap((message) => namesOf(message)))];
  const facts = [
    `- Date: ${instant(chat.createdAt)}`,
    ...(models.length > 0 ? [`- Model: ${models.map(escaped).join(', ')}`] : []),
    ...(persona === null ? [] : [`- Persona: ${escaped(persona)}`]),
    ...(chat.tags.length > 0 ? [`- Tags: ${chat.tags.map(escaped).join(', ')}`] : []),
  ];
  const head = [`# ${escaped(chat.title)}`, facts.join('\n')];
  if (chat.systemPrompt !== null && chat.systemPrompt.trim() !== '') head.push('## System Prompt', quoted(closed(chat.systemPrompt)));
  return head;
}

const namesOf = ({ role, profileName, model }: ChatMessage): string[] =>
  role === 'assistant' ? [profileName ?? model].filter((name) => name !== null) : [];

function turn(message: ChatMessage): string {
  const by = namesOf(message)[0];
  const who =
    message.role === 'user' ? 'You' : message.role === 'tool' ? 'Tool' : by === undefined ? 'Assistant' : `Assistant (${escaped(by)})`;
  const notes = [
    statusNote(message),
    message.trimmed > 0 ? `${message.trimmed} older messages did not fit into the context` : null,
    metricsLine(message.metrics),
  ];
  const said = notes.filter((note) => note !== null).map((note) => `*${note}*`);
  return [`## ${who}`, ...message.parts.map(partText).filter((text) => text !== ''), ...(said.length > 0 ? [said.join('  \n')] : [])].join(
    '\n\n',
  );
}

function partText(part: MessagePart): string {
  switch (part.type) {
    case 'text':
      return closed(part.text.trim());
    case 'thinking': {
      if (part.text.trim() === '') return '';
      const seconds = part.durationMs === null ? '' : ` for ${(part.durationMs / 1000).toFixed(1)} s`;
      // What closes the block from inside would show the rest as the answer.
      const text = closed(part.text.trim()).replace(/<(?=\/?(?:details|summary)\b)/gi, '&lt;');
      return `<details>\n<summary>Thought${seconds}</summary>\n\n${text}\n\n</details>`;
    }
    case 'image':
      return `*Image: ${escaped(part.name)}*`;
    case 'file':
      return `*File: ${escaped(part.name)}*`;
    case 'tool_call':
      return `**Tool call: ${escaped(part.name)}**\n\n${fenced(prettyJson(part.arguments), 'json')}`;
    case 'tool_result':
      return `**Tool result${part.isError ? ' (error)' : ''}**\n\n${fenced(part.content)}`;
  }
}

function statusNote({ status, error }: ChatMessage): string | null {
  if (status === 'complete') return null;
  const words = { generating: 'Still being written', stopped: 'Stopped', interrupted: 'Interrupted', failed: 'Failed' }[status];
  return error === null ? words : `${words}: ${escaped(error.message)}`;
}

function metricsLine(metrics: AnswerMetrics | null): string | null {
  if (metrics === null) return null;
  const { completionTokens, tokensPerSecond, firstTokenMs, totalMs } = metrics;
  const facts = [
    completionTokens === null ? null : `${completionTokens} tokens`,
    tokensPerSecond === null ? null : `${tokensPerSecond.toFixed(1)} tokens/s`,
    firstTokenMs === null ? null : `first token after ${(firstTokenMs / 1000).toFixed(2)} s`,
    `${(totalMs / 1000).toFixed(1)} s`,
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

/** Arguments as a model wrote them; what is no JSON stays as it is. */
function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const instant = (timestamp: string): string => `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)} UTC`;
