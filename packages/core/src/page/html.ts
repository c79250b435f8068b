import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped } from './svg.ts';

/** The look of every page of ours: colours for light and dark, charts, tables. It names nothing outside itself. */
export function style(): string {
  return readFileSync(join(import.meta.dirname, 'style.css'), 'utf8');
}

/** A template with `{{name}}` replaced by its part. */
export function filled(template: string, parts: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
}

/** Rows of text, the first as the head; columns in `words` are prose to the left, others figures to the right. */
export function htmlTable([head = [], ...body]: readonly (readonly string[])[], words: readonly number[] = []): string {
  const row = (cells: readonly string[], cell: string) =>
    `<tr>${cells.map((text, at) => `<${cell}${words.includes(at) ? ' class="text"' : ''}>${escaped(text)}</${cell}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}
