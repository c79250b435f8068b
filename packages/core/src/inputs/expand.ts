import { type Dirent, existsSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { AppError, asAppError, asProblem, Exit, fileError } from '../error.ts';
import { LONGEST, readSmallText } from '../small-text.ts';
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
  /** Files given more than once, by whatever names; each once, as it was named first. */
  duplicates: string[];
  /** What was found in folders and by globs but cannot be an input, and why. */
  passed: Passed[];
  /** The lists that were read. */
  lists: string[];
}

/** What the words lead to, in their order. */
interface Out extends Pick<Inputs, 'passed' | 'lists'> {
  found: Found[];
  count: { lines: number };
}

/** The most lines of all lists together: lists that name lists multiply. */
const MOST_LINES = 250_000;

/** A file that nobody named and nobody can read, or wants to. */
export interface Passed {
  path: string;
  why: 'hidden' | 'broken_link' | 'not_utf8';
}

/**
 * Files behind the words of the command line: files, folders (their FITS files, one level), globs, each with an HDU
 * behind it in brackets if one is meant, `@list.txt`, and `@-` for a list on standard input. Order is kept; folders and
 * globs are sorted by name so that every machine combines tiles in the same order. What a folder holds beside tiles is
 * never an error.
 * @throws AppError exit 3 for a named path that does not exist, a folder or glob without FITS files, or a bad list.
 */
export function expandInputs(words: readonly string[]): Inputs {
  const out: Out = { found: [], passed: [], lists: [], count: { lines: 0 } };
  for (const word of words) expandWord(word, '.', 0, out);
  const files: InputFile[] = [];
  const seen = new Map<string, InputFile>();
  const again = new Set<string>();
  for (const { path, named, hdu } of out.found) {
    const real = realOf(path) ?? path;
    const known = seen.get(real);
    if (known === undefined) {
      const file = { path, real, named, ...(hdu === undefined ? {} : { hdus: [hdu] }) };
      seen.set(real, file);
      files.push(file);
    } else if (hdu === undefined || known.hdus === undefined || known.hdus.includes(hdu)) again.add(known.path);
    else known.hdus.push(hdu);
  }
  return { files, duplicates: [...again], passed: out.passed, lists: out.lists };
}

function expandWord(word: string, base: string, depth: number, out: Out): void {
  if (word === '') throw new AppError(Exit.input, 'no_such_file', 'an input is empty; name a file, folder or glob');
  if (word.includes('\0')) {
    const name = word.slice(0, word.indexOf('\0'));
    throw new AppError(Exit.input, 'no_such_file', `the input ${name} has a NUL behind it; write one name a line`);
  }
  const path = isAbsolute(word) || base === '.' ? word : join(base, word);
  if (existsSync(path)) {
    const stat = stats(path);
    if (stat.isDirectory()) out.found.push(...unnamed(folder(path, out.passed)));
    else if (stat.isFile()) out.found.push({ path, named: true });
    else throw fileError(Exit.input, 'not_a_file', path, 'neither a file nor a folder; name FITS files');
    return;
  }
  const bracketed = WITH_HDU.exec(word);
  if (bracketed !== null) {
    const [, file = '', hdu = ''] = bracketed;
    const behind: Found[] = [];
    expandWord(file, base, depth, { ...out, found: behind });
    out.found.push(...behind.map((found) => ({ ...found, hdu: hdu.trim() })));
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
    out.lists.push(list);
    out.count.lines += lines.length;
    if (out.count.lines > MOST_LINES) {
      const reason = `${list}: the lists have more than ${MOST_LINES} lines in all; do they name each other?`;
      throw new AppError(Exit.input, 'lists_too_long', reason);
    }
    // A list from a pipe is in no folder, so its paths are relative to the current one.
    const folder = stats(list).isFile() ? dirname(list) : '.';
    for (const line of lines) expandWord(line, folder, depth + 1, out);
    return;
  }
  if (/[*?[{]/.test(path)) {
    out.found.push(...unnamed(glob(path, out.passed)));
    return;
  }
  throw fileError(Exit.input, 'no_such_file', path, whyNotThere(path));
}

/** Why a path that was named leads to nothing. */
function whyNotThere(path: string): string {
  if (path.includes('\uFFFD')) return NOT_UTF8;
  try {
    const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    return link ? BROKEN : 'does not exist; check the path';
  } catch (error) {
    // A folder on the way that may not be entered.
    return `cannot be read: ${asProblem(error).reason}`;
  }
}

/** Why a path that is there cannot be read. */
export const NOT_UTF8 = 'its name is not UTF-8, so it cannot be opened; rename it';
export const BROKEN = 'a link that leads nowhere';

const unnamed = (paths: readonly string[]): Found[] => paths.map((path) => ({ path, named: false }));

/** Of what was found, the files that can be read. */
function readable(paths: readonly string[], passed: Passed[]): string[] {
  return paths.filter((path) => {
    const why = whyNot(path);
    if (why !== null) passed.push({ path, why });
    return why === null;
  });
}

function whyNot(path: string): Passed['why'] | null {
  if (basename(path).startsWith('.')) return 'hidden';
  if (realOf(path) !== null) return null;
  return path.includes('\uFFFD') ? 'not_utf8' : 'broken_link';
}

function folder(path: string, passed: Passed[]): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
  const names = entries.filter((entry) => !entry.isDirectory() && isFitsName(entry.name)).map((entry) => entry.name);
  const found = readable(
    names.sort().map((name) => join(path, name)),
    passed,
  ).filter((file) => !stats(file).isDirectory());
  if (found.length === 0) {
    const nothing = 'contains no .fits, .fit or .fts file';
    const deeper = entries.some((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    const reason = deeper
      ? `${nothing}, and folders in it are not searched; write ${join(path, '*/')} to take all of them`
      : `${nothing}; name another folder`;
    throw fileError(Exit.input, 'no_fits_in_folder', path, reason);
  }
  return found;
}

/** The FITS files of all folders that a pattern with a slash at its end matches, as a shell has it. */
function foldersLike(pattern: string, paths: readonly string[], passed: Passed[]): string[] {
  const folders = paths.filter((path) => !basename(path).startsWith('.') && stats(path).isDirectory());
  const found = folders.flatMap((path) => {
    try {
      return folder(path, passed);
    } catch (error) {
      // Some may hold other things.
      if (error instanceof AppError && error.code === 'no_fits_in_folder') return [];
      throw error;
    }
  });
  if (found.length === 0) {
    throw new AppError(Exit.input, 'no_match', `${pattern} matches no folder with FITS files; check the pattern`);
  }
  return found;
}

function glob(pattern: string, passed: Passed[]): string[] {
  const root = isAbsolute(pattern) ? '/' : '.';
  const relative = isAbsolute(pattern) ? pattern.slice(1) : pattern;
  const ofFolders = relative.endsWith('/');
  const wanted = new Bun.Glob(relative.replace(/\/+$/, ''));
  const found = [...wanted.scanSync({ cwd: root, onlyFiles: !ofFolders, followSymlinks: true })];
  if (ofFolders) {
    const paths = found.sort().map((name) => (isAbsolute(pattern) ? join('/', name) : name));
    return foldersLike(pattern, paths, passed);
  }
  if (found.length === 0) throw new AppError(Exit.input, 'no_match', `${pattern} matches no file; check the pattern`);
  const paths = found.sort().map((name) => (isAbsolute(pattern) ? join('/', name) : name));
  // A pattern that begins with a dot asks for hidden files.
  return basename(pattern).startsWith('.') ? paths : readable(paths, passed);
}

/** The lines of a file or a descriptor; messages call it `name`. */
function readList(name: string, from: string | number): string[] {
  let text: string;
  try {
    text = readSmallText(from, LONGEST.list);
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
  const { exit, code } = asAppError(error, Exit.input);
  const reason = `cannot be read: ${asProblem(error).reason}`;
  // Too many open files are no fault of this one.
  return exit === Exit.backend
    ? fileError(exit, code, path, reason)
    : fileError(Exit.input, 'unreadable', path, reason);
}

/** What says that there is no file of a name, and what hides it. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE']);
const CLOSED = new Set(['EACCES', 'EPERM']);

/**
 * The file behind a path, equal for all of its names; null where there is none. What may not be looked at keeps its name:
 * whoever reads it tells why it cannot be read.
 * @throws AppError exit 3, or 6 where too many files are open: a map beside a tile is never taken as not there.
 */
export function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (ABSENT.has(code)) return null;
    if (CLOSED.has(code)) return path;
    throw unreadable(path, error);
  }
}
