import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { AppError, asProblem, Exit, fileError } from '../error.ts';
import { isFitsName } from './fits-name.ts';

export interface InputFile {
  path: string;
  /** Equal for all names of one file. */
  real: string;
  /** Named by the user rather than found in a folder or by a glob. */
  named: boolean;
  /** HDUs that were named with it, as in `a.fits[1]` or `a.fits[SCI,2]`. */
  hdus?: string[];
}

interface Found {
  path: string;
  named: boolean;
  hdu?: string;
}

/** The way of cfitsio, IRAF and SWarp to name an HDU; anywhere else in a pattern brackets are a set of characters. */
const WITH_HDU = /^(.+\.(?:fits|fit|fts|fz|gz|bz2))\[([^[\]]+)\]$/i;

export interface Inputs {
  files: InputFile[];
  /** Paths given more than once, or that lead to a file already in the list. */
  duplicates: string[];
}

/**
 * Files behind the words of the command line: files, folders (their FITS files, one level), globs, each with an HDU
 * behind it in brackets if one is meant, `@list.txt`, and `@-` for a list on standard input. Order is kept; folders and globs are sorted by name so that every machine combines
 * tiles in the same order.
 * @throws AppError exit 3 for a named path that does not exist, a folder or glob without FITS files, or a bad list.
 */
export function expandInputs(words: readonly string[]): Inputs {
  const found: Found[] = [];
  for (const word of words) expandWord(word, '.', 0, found);
  const files: InputFile[] = [];
  const duplicates: string[] = [];
  const seen = new Map<string, InputFile>();
  for (const { path, named, hdu } of found) {
    const real = realPath(path);
    const known = seen.get(real);
    if (known === undefined) {
      const file = { path, real, named, ...(hdu === undefined ? {} : { hdus: [hdu] }) };
      seen.set(real, file);
      files.push(file);
    } else if (hdu === undefined || known.hdus === undefined || known.hdus.includes(hdu)) duplicates.push(path);
    else known.hdus.push(hdu);
  }
  return { files, duplicates };
}

function expandWord(word: string, base: string, depth: number, out: Found[]): void {
  if (word === '') throw new AppError(Exit.input, 'no_such_file', 'an input is empty; name a file, folder or glob');
  const path = isAbsolute(word) || base === '.' ? word : join(base, word);
  if (existsSync(path)) {
    const stat = stats(path);
    if (stat.isDirectory()) out.push(...folder(path).map((found) => ({ path: found, named: false })));
    else if (stat.isFile()) out.push({ path, named: true });
    else throw fileError(Exit.input, 'not_a_file', path, 'neither a file nor a folder; name FITS files');
    return;
  }
  const bracketed = WITH_HDU.exec(word);
  if (bracketed !== null) {
    const [, file = '', hdu = ''] = bracketed;
    const behind: Found[] = [];
    expandWord(file, base, depth, behind);
    out.push(...behind.map((found) => ({ ...found, hdu: hdu.trim() })));
    return;
  }
  if (word === '@-' && depth === 0) {
    for (const line of readList('standard input', 0)) expandWord(line, '.', depth + 1, out);
    return;
  }
  if (word.startsWith('@')) {
    const list = isAbsolute(word.slice(1)) || base === '.' ? word.slice(1) : join(base, word.slice(1));
    if (depth >= 4) throw new AppError(Exit.input, 'list_depth', `${list}: lists may be nested at most four deep`);
    if (!existsSync(list)) {
      throw new AppError(Exit.input, 'no_such_file', `list ${list} does not exist; check the path`);
    }
    const lines = readList(list, list);
    // A list from a pipe is in no folder, so its paths are relative to the current one.
    const folder = stats(list).isFile() ? dirname(list) : '.';
    for (const line of lines) expandWord(line, folder, depth + 1, out);
    return;
  }
  if (/[*?[{]/.test(path)) {
    out.push(...glob(path).map((found) => ({ path: found, named: false })));
    return;
  }
  throw fileError(Exit.input, 'no_such_file', path, 'does not exist; check the path');
}

function folder(path: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
  const names = entries.filter((entry) => !entry.isDirectory() && isFitsName(entry.name)).map((entry) => entry.name);
  if (names.length === 0) {
    throw fileError(Exit.input, 'no_fits_in_folder', path, 'contains no .fits, .fit or .fts file; name another folder');
  }
  return names.sort().map((name) => join(path, name));
}

function glob(pattern: string): string[] {
  const root = isAbsolute(pattern) ? '/' : '.';
  const relative = isAbsolute(pattern) ? pattern.slice(1) : pattern;
  const found = [...new Bun.Glob(relative).scanSync({ cwd: root, onlyFiles: true, followSymlinks: true })];
  if (found.length === 0) throw new AppError(Exit.input, 'no_match', `${pattern} matches no file; check the pattern`);
  return found.sort().map((name) => (isAbsolute(pattern) ? join('/', name) : name));
}

/** The lines of a file or a descriptor; messages call it `name`. */
function readList(name: string, from: string | number): string[] {
  let text: string;
  try {
    text = readFileSync(from, 'utf8');
  } catch (error) {
    throw new AppError(Exit.input, 'no_such_file', `list ${name} cannot be read: ${asProblem(error).reason}`);
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0)
    throw new AppError(Exit.input, 'empty_list', `list ${name} names no file; write one path per line`);
  return lines;
}

function stats(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): AppError {
  return fileError(Exit.input, 'unreadable', path, `cannot be read: ${asProblem(error).reason}`);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}
