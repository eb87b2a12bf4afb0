/** The window as readable text, for a test's failure messages and for reading along. */
import type { Field, View } from './view.js';

const shown = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : Array.isArray(value)
      ? value.join(', ')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);

const fieldLine = (field: Field): string => {
  const options = field.options.length > 0 ? ` {${field.options.map((option) => option.title).join(' | ')}}` : '';
  const value = field.kind === 'PasswordField' ? '•'.repeat(shown(field.value).length) : shown(field.value);
  return `  ${field.title ?? field.label ?? field.id}: ${value}${options}${field.error === undefined ? '' : `  ✗ ${field.error}`}`;
};

export function textOf(view: View): string {
  const lines: string[] = [];
  const bar = [view.title ?? '', view.isLoading ? '(loading)' : ''].filter(Boolean).join(' ');
  lines.push(`[${view.kind}]${bar ? ` ${bar}` : ''}`);
  if (view.kind === 'list' || view.kind === 'grid') {
    const option = view.dropdown?.options.find((one) => one.value === view.dropdown?.value);
    lines.push(`🔍 ${view.searchText || (view.searchPlaceholder ?? '')}${option ? `   [${option.title}]` : ''}`);
  }
  for (const section of view.sections) {
    if (section.title !== undefined) lines.push(`— ${section.title}${section.subtitle === undefined ? '' : ` (${section.subtitle})`}`);
    for (const row of section.rows) {
      const parts = [row.title, row.subtitle, row.accessories.length > 0 ? `· ${row.accessories.join(' · ')}` : undefined].filter(Boolean);
      lines.push(`${row.id === view.selected?.id ? '▸' : ' '} ${parts.join('  ')}`);
    }
  }
  if (view.empty) lines.push(`  ∅ ${view.empty.title}${view.empty.description === undefined ? '' : `: ${view.empty.description}`}`);
  if (view.detail) {
    lines.push(...view.detail.markdown.split('\n').map((line) => `  │ ${line}`));
    for (const one of view.detail.metadata) lines.push(one.kind === 'separator' ? '  ·' : `  · ${one.title}: ${one.text ?? ''}`);
  }
  for (const part of view.form) {
    if (part.kind === 'field') lines.push(fieldLine(part.field));
    else if (part.kind === 'description') lines.push(`  ${part.title === undefined ? '' : `${part.title}: `}${part.text}`);
    else lines.push('  ────');
  }
  const actions = view.actions.filter((action) => action.type !== 'action-submenu');
  if (actions.length > 0) {
    lines.push(`⌘K ${actions.map((action) => action.path + (action.shortcut === undefined ? '' : ` (${action.shortcut})`)).join(' | ')}`);
  }
  return lines.join('\n');
}
