import { basename } from 'node:path';
import { AppError, Exit } from '../error.ts';
import type { InputFile } from './expand.ts';

/** Names and globs with commas between them; a comma in braces belongs to its glob. */
export function patternsOf(text: string): string[] {
  const patterns = text.match(/(?:\{[^}]*\}|[^,{]|\{)+/g) ?? [];
  return patterns.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '');
}

/** Each line is a value of its own, as the option was repeated. */
const valuesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

/**
 * The inputs that no pattern names, by base name or by path, and the files that one does: maps beside inputs, too. A value that
 * names a file as a whole, commas and all, is one pattern.
 * @throws AppError exit 2 for a pattern that names no input, which would be one that was mistyped.
 */
export function exclude(
  files: readonly InputFile[],
  text: string,
  beside: readonly string[] = [],
): { kept: InputFile[]; excluded: string[] } {
  const excluded = new Set<string>();
  const known = [...new Set([...files.map(({ path }) => path), ...beside])];
  const matching = (pattern: string) => {
    const glob = new Bun.Glob(pattern);
    return known.filter((path) => [basename(path), path].some((name) => name === pattern || glob.match(name)));
  };
  const patterns = valuesOf(text).flatMap((value) => (matching(value).length > 0 ? [value] : patternsOf(value)));
  for (const pattern of patterns) {
    const found = matching(pattern);
    if (found.length === 0) {
      throw new AppError(Exit.usage, 'exclude_nothing', `--exclude ${pattern} matches no input; check the name`);
    }
    for (const path of found) excluded.add(path);
  }
  return { kept: files.filter(({ path }) => !excluded.has(path)), excluded: [...excluded] };
}
