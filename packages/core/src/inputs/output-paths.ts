import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, Exit, fileError } from '../error.ts';
import type { InputFile } from './expand.ts';
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
  return {
    mosaic: out,
    weight: options.split ? `${stem}.weight.fits` : null,
    alpha: options.split ? `${stem}.alpha.fits` : null,
    preview: options.preview ? `${stem}.png` : null,
    report: options.report ? `${stem}.report.json` : null,
    page: options.report ? `${stem}.report.html` : null,
  };
}

/**
 * Checks the output before any work.
 * `placed`: files of this very output, which are not in the way.
 * @throws AppError exit 2 for an unusable name or an output that is an input, exit 5 for one that cannot be written.
 */
export function checkOutputs(
  paths: OutputPaths,
  inputs: readonly InputFile[],
  { force, placed }: { force: boolean; placed: readonly string[] },
): void {
  if (!/\.(fits|fit|fts)$/i.test(paths.mosaic)) {
    throw new AppError(Exit.usage, 'output_name', `-o ${paths.mosaic}: the output must end in .fits, .fit or .fts`);
  }
  const all = listOf(paths);
  const reals = new Map(all.map((path) => [realOf(path), path]));
  for (const input of inputs) {
    const same = reals.get(input.real);
    if (same !== undefined && input.named) {
      throw fileError(Exit.usage, 'output_is_input', same, 'both output and input; give -o another name');
    }
  }
  const dir = dirname(resolve(paths.mosaic));
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new AppError(Exit.disk, 'not_writable', `folder ${dir} does not exist; create it or give -o another name`);
  }
  for (const path of all) {
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) {
      throw fileError(Exit.disk, 'not_writable', path, 'a folder; give -o another name');
    }
    if (!force && !placed.includes(path))
      throw fileError(Exit.disk, 'exists', path, 'exists; use --force to replace it, or another -o');
  }
  try {
    accessSync(dir, constants.W_OK);
  } catch {
    throw new AppError(Exit.disk, 'not_writable', `folder ${dir} is not writable; give -o another folder`);
  }
}

/**
 * Files beside the inputs become known only after these were read.
 * @throws AppError exit 2 for an output that the run reads: it would be gone with what it was made from.
 */
export function refuseToReplace(paths: OutputPaths, read: readonly string[]): void {
  const replaced = listOf(paths).filter((path) => existsSync(path));
  const reals = new Map(replaced.map((path) => [realOf(path), path]));
  for (const path of reals.size === 0 ? [] : read) {
    const same = reals.get(realOf(path));
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
  const reals = new Set(listOf(paths).map(realOf));
  return {
    kept: inputs.filter((input) => !reals.has(input.real)),
    dropped: inputs.filter((input) => reals.has(input.real)).map((input) => input.path),
  };
}

function listOf(paths: OutputPaths): string[] {
  return Object.values(paths).filter((path) => path !== null);
}

function realOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const dir = dirname(resolve(path));
  return existsSync(dir) ? join(realpathSync(dir), basename(path)) : resolve(path);
}
