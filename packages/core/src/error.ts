import type { Problem } from './device.ts';
import { printable } from './printable.ts';

/** Exit codes of the command line; each has one meaning. */
export const Exit = {
  done: 0,
  unexpected: 1,
  usage: 2,
  input: 3,
  absurd: 4,
  disk: 5,
  backend: 6,
  skipped: 7,
  extra: 8,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** An expected failure: one line for the user, a stable code, and the exit code it leads to. */
export class AppError extends Error {
  readonly exit: ExitCode;
  readonly code: string;

  constructor(exit: ExitCode, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.exit = exit;
    this.code = code;
  }
}

/** A failure that concerns one file. */
export function fileError(exit: ExitCode, code: string, path: string, reason: string): AppError {
  return new AppError(exit, code, lineOf({ path, reason }));
}

/** A file, with the number of the HDU if there is one: `a.fits[1]`. */
export function placeOf({ path, hdu }: { path: string; hdu?: number }): string {
  const name = printable(path);
  return hdu === undefined ? name : `${name}[${hdu}]`;
}

/**
 * The one line of a problem: `a.fits[1]: reason; way out`. Only here is a path joined with a reason, so that no line names
 * a file twice. `map`: the weight map or opacity plane of the tile `path`, when that file is at fault.
 */
export function lineOf({ path, hdu, reason, map }: Omit<Problem, 'code'> & { map?: string }): string {
  const line = path === undefined ? reason : `${placeOf({ path, ...(hdu === undefined ? {} : { hdu }) })}: ${reason}`;
  return map === undefined ? line : `${line} (${printable(map)})`;
}

/** An error of the addon or the system: the message is the reason, other properties say what it is about. */
type Told = Error & Partial<Record<'code' | 'path' | 'keyword' | 'syscall', unknown>> & { hdu?: unknown };

/** What is wrong and with which file, from anything that was thrown. */
export function asProblem(error: unknown): Problem {
  if (!(error instanceof Error)) return { code: 'unexpected', reason: String(error) };
  const { code, path, hdu, keyword, syscall, message } = error as Told;
  // Messages of the system end with the call and the path.
  const end = typeof syscall === 'string' ? message.indexOf(`, ${syscall}`) : -1;
  const said = end < 0 ? message : message.slice(0, end);
  return {
    code: typeof code === 'string' ? code : 'unexpected',
    reason: inWords(code, said),
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof hdu === 'number' ? { hdu } : {}),
    ...(typeof keyword === 'string' ? { keyword } : {}),
  };
}

/** The system's text without the name of its error, and in plain words where it is meant for programmers. */
function inWords(code: unknown, text: string): string {
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open; raise their limit (ulimit -n)';
  if (code === 'EFBIG') return 'files may not be that large here; raise their limit (ulimit -f)';
  if (code === 'ENOTDIR') return 'a part of its path is no folder';
  return text.replace(/^E[A-Z0-9]+: /, '');
}

/** The stable code and the line for anything that was thrown. */
export function describe(error: unknown): { code: string; message: string } {
  const problem = asProblem(error);
  return { code: problem.code, message: lineOf(problem) };
}

const DISK_CODES = new Set(['exists', 'no_space', 'not_writable', 'locked', 'lost', 'file_too_large']);
const SYSTEM_CODES: Record<string, string> = {
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
  EACCES: 'not_writable',
  EPERM: 'not_writable',
  EROFS: 'not_writable',
  EEXIST: 'exists',
  EFBIG: 'file_too_large',
  EMFILE: 'too_many_files',
  ENFILE: 'too_many_files',
};
/** On every backend: windows and output rows are in host memory, and threads read them from files. */
const HOST_CODES = new Set(['out_of_memory', 'over_memory', 'threads', 'too_many_files']);

/**
 * Turns an engine error into an AppError. A disk problem is always exit 5, an invalid option that only the engine can
 * detect exit 2; everything else is `exit`.
 */
export function asAppError(error: unknown, exit: ExitCode): AppError {
  if (error instanceof AppError) return error;
  const { code, message } = describe(error);
  const stable = SYSTEM_CODES[code] ?? code;
  return new AppError(exitFor(stable, exit), stable, message, { cause: error });
}

/** The same for calls that do not say which file they are about: it is `path`. */
export function asFileError(error: unknown, exit: ExitCode, path: string): AppError {
  if (error instanceof AppError) return error;
  const made = asAppError(error, exit);
  return new AppError(made.exit, made.code, lineOf({ path, ...asProblem(error) }), { cause: error });
}

function exitFor(code: string, otherwise: ExitCode): ExitCode {
  if (code === 'grid_invalid_option') return Exit.usage;
  if (HOST_CODES.has(code)) return Exit.backend;
  return DISK_CODES.has(code) ? Exit.disk : otherwise;
}

/**
 * What this machine lacks is no fault of the file in which it was met, which is not left out for it.
 * @throws AppError exit 5 or 6.
 */
export function refuseLack(problem: Problem): void {
  const exit = exitFor(problem.code, Exit.input);
  if (exit !== Exit.input) throw new AppError(exit, problem.code, lineOf(problem));
}
