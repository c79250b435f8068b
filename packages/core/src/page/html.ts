import { readFileSync } from 'node:fs';
import { ownFile } from '../own-file.ts';
import { escaped } from './svg.ts';

/** The style of every page we write: colours for light and dark, charts, tables. It refers to no outside file. */
export function style(): string {
  return readFileSync(ownFile('page/style.css'), 'utf8');
}

/** A template in which each `{{name}}` is replaced by its part. */
export function filled(template: string, parts: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
}

/**
 * A table whose first row is the header; columns in `words` are left-aligned text, the others right-aligned numbers.
 */
export function htmlTable([head = [], ...body]: readonly (readonly string[])[], words: readonly number[] = []): string {
  const row = (cells: readonly string[], cell: string) =>
    `<tr>${cells.map((text, at) => `<${cell}${words.includes(at) ? ' class="text"' : ''}>${escaped(text)}</${cell}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}
