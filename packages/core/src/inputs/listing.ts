import { accessSync, constants, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { asFileError, Exit } from '../error.ts';

/** A folder that is not there, and one that may be entered but not listed: files named in it can be read all the same. */
const UNLISTED = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);

/**
 * The names in a folder, without hidden ones; none where it may not be listed.
 * @throws AppError exit 3, or 6 where too many files are open: what lies beside tiles is never taken as not there.
 */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (UNLISTED.has(String((error as { code?: unknown }).code))) return [];
    throw asFileError(error, Exit.input, dir);
  }
}

/** The folders of these files that may be entered but not listed. */
export function unlistedFolders(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => dirname(path)))].filter((dir) => {
    try {
      accessSync(dir, constants.R_OK);
      return false;
    } catch (error) {
      return (error as { code?: unknown }).code === 'EACCES';
    }
  });
}
