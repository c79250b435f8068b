import { basename } from 'node:path';
import { AppError, Exit } from '../error.ts';
import type { InputFile } from './expand.ts';

/** Names and globs with commas between them; a comma in braces belongs to its glob. */
export function patternsOf(text: string): string[] {
  const patterns = text.match(/(?:\{[^}]*\}|[^,{]|\{)+/g) ?? [];
  return patterns.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '');
}

/**
 * The inputs that no pattern names, by base name or by path.
 * @throws AppError exit 2 for a pattern that names no input, which would be one that was mistyped.
 */
export function exclude(files: readonly InputFile[], text: string): { kept: InputFile[]; excluded: string[] } {
  const excluded = new Set<string>();
  for (const pattern of patternsOf(text)) {
    const glob = new Bun.Glob(pattern);
    const found = files.filter(({ path }) =>
      [basename(path), path].some((name) => name === pattern || glob.match(name)),
    );
    if (found.length === 0) {
      throw new AppError(Exit.usage, 'exclude_nothing', `--exclude ${pattern} matches no input; check the name`);
    }
    for (const { path } of found) excluded.add(path);
  }
  return { kept: files.filter(({ path }) => !excluded.has(path)), excluded: [...excluded] };
}
