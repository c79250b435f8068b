import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError, Exit, fileError } from '../error.ts';
import { type InputFile, realOf } from './expand.ts';
import { withoutFitsEnding } from './fits-name.ts';

export interface OutputPaths {
  mosaic: string;
  weight: string | null;
  alpha: string | null;
  preview: string | null;
  /** The report as JSON for programs, and as a page for people. */
  report: string | null;
  page: string | null;
}

/** Every file that a run may write, derived from the name given. */
export function outputPaths(out: string, options: { split: boolean; preview: boolean; report: boolean }): OutputPaths {
  const stem = withoutFitsEnding(out);
  const ending = out.slice(stem.length);
  return {
    mosaic: out,
    weight: options.split ? `${stem}.weight${ending}` : null,
    alpha: options.split ? `${stem}.alpha${ending}` : null,
    preview: options.preview ? `${stem}.png` : null,
    report: options.report ? `${stem}.report.json` : null,
    page: options.report ? `${stem}.report.html` : null,
  };
}

/** The journal of an unfinished output. */
export function journalPath(out: string): string {
  return `${out}.zemosaic-journal`;
}

/** Most bytes of a file's name, and how many more those of unfinished files and journals have than that of the mosaic. */
const LONGEST_NAME = 255;
const ADDED = '.zemosaic-journal.RUNRUNRU-4194304.new'.length;

/**
 * Checks the names of the output before anything is read.
 * @throws AppError exit 2.
 */
export function checkNames({ mosaic }: OutputPaths): void {
  if (!/\.(fits|fit|fts)$/i.test(mosaic)) {
    throw new AppError(Exit.usage, 'output_name', `-o ${mosaic}: the output must end in .fits, .fit or .fts`);
  }
  if (mosaic.includes('\uFFFD'))
    throw new AppError(Exit.usage, 'output_name', `-o ${mosaic}: not UTF-8; give another name`);
  const bytes = Buffer.byteLength(basename(mosaic));
  const most = LONGEST_NAME - ADDED;
  if (bytes > most) {
    const reason = `the name has ${bytes} bytes, and ${most} are left for it beside what is added for unfinished files`;
    throw new AppError(Exit.usage, 'output_name', `-o ${mosaic}: ${reason}; give a shorter one`);
  }
}

/**
 * Checks the output before any work.
 * `placed`: files of this very output, which are not in the way.
 * @throws AppError exit 2 for an output that is an input, exit 5 for one that cannot be written.
 */
export function checkOutputs(
  paths: OutputPaths,
  inputs: readonly InputFile[],
  { force, placed }: { force: boolean; placed: readonly string[] },
): void {
  const reals = realsOf(paths);
  for (const input of inputs) {
    const same = reals.get(input.real);
    // A link to a tile is no output of an earlier run, and would take the tile out.
    if (same !== undefined && (input.named || lookAt(lstatSync, same)?.isSymbolicLink())) {
      throw fileError(Exit.usage, 'output_is_input', same, 'both output and input; give -o another name');
    }
  }
  const dir = dirname(paths.mosaic);
  const folder = lookAt(statSync, dir);
  if (!folder?.isDirectory()) {
    throw new AppError(Exit.disk, 'not_writable', `folder ${dir} does not exist; create it or give -o another name`);
  }
  for (const path of listOf(paths)) {
    // A link is replaced, not followed.
    const there = lookAt(lstatSync, path);
    if (there === null) continue;
    const target = lookAt(statSync, path);
    if (target !== null && !target.isFile()) {
      const what = target.isDirectory() ? 'a folder' : 'no regular file';
      throw fileError(Exit.disk, 'not_writable', path, `${what}; give -o another name`);
    }
    if (!force && !placed.includes(path))
      throw fileError(Exit.disk, 'exists', path, 'exists; use --force to replace it, or another -o');
    if (isOthersAlone(there, folder)) {
      const reason = 'belongs to another user, who alone may replace it in this folder (sticky); give -o another name';
      throw fileError(Exit.disk, 'not_writable', path, reason);
    }
  }
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch {
    throw new AppError(Exit.disk, 'not_writable', `folder ${dir} is not writable; give -o another folder`);
  }
}

/** What a path leads to; null where that is nothing, or cannot be said. */
function lookAt(how: (path: string) => Stats, path: string): Stats | null {
  try {
    return how(path);
  } catch {
    return null;
  }
}

/** In a sticky folder such as /tmp only the owner of a file, or of the folder, may rename or remove it. */
function isOthersAlone(file: Stats, folder: Stats): boolean {
  const user = process.geteuid?.() ?? 0;
  return (folder.mode & STICKY) !== 0 && ![file.uid, folder.uid, 0].some((uid) => uid === user);
}

const STICKY = 0o1000;

/**
 * What else is read becomes known only little by little.
 * @throws AppError exit 2 for an output that the run reads: it would be gone with what it was made from.
 */
export function refuseToReplace(paths: OutputPaths, read: readonly (string | null | undefined)[]): void {
  const reals = realsOf(paths);
  for (const path of read) {
    const real = typeof path === 'string' ? realOf(path) : null;
    const same = real === null ? undefined : reals.get(real);
    if (same !== undefined) {
      throw fileError(Exit.usage, 'output_is_input', same, 'both output and read by this run; give -o another name');
    }
  }
}

/** Removes inputs, found in a folder or by a glob, that this run itself is about to write. */
export function dropOutputs(
  paths: OutputPaths,
  inputs: readonly InputFile[],
): { kept: InputFile[]; dropped: string[] } {
  const reals = realsOf(paths);
  return {
    kept: inputs.filter((input) => !reals.has(input.real)),
    dropped: inputs.filter((input) => reals.has(input.real)).map((input) => input.path),
  };
}

function listOf(paths: OutputPaths): string[] {
  return Object.values(paths).filter((path) => path !== null);
}

/** Files that a run writes, unfinished ones too, by what is there now of that name. */
function realsOf(paths: OutputPaths): Map<string, string> {
  const { mosaic, weight, alpha } = paths;
  const unfinished = [mosaic, weight, alpha]
    .filter((path) => path !== null)
    .map((path) => join(dirname(path), `.${basename(path)}.partial`));
  const all = [...listOf(paths), ...unfinished, journalPath(mosaic)];
  return new Map(
    all.flatMap((path) => {
      const real = realOf(path);
      return real === null ? [] : [[real, path] as const];
    }),
  );
}
