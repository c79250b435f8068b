import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, asAppError, Exit, lineOf } from '@zemosaic/core';

export interface Places {
  /** Where simulated tiles are kept. */
  tiles: string;
  /** A new folder beside them for mosaics; it goes when the bench ends. */
  work: string;
}

/**
 * The folders of a bench, made now: those that the user names, else one of the user's own in the temporary folder.
 * @throws AppError exit 5 where they cannot be made, or somebody else could put something into them.
 */
export function placesOf(asked: string | null): Places {
  try {
    const tiles = asked ?? ownFolder(tmpdir(), process.geteuid?.() ?? null);
    mkdirSync(tiles, { recursive: true });
    return { tiles, work: mkdtempSync(join(tiles, 'work-')) };
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
}

/** Everybody may write to a temporary folder, so what is there of a name that anybody can guess is looked at first. */
export function ownFolder(temporary: string, user: number | null): string {
  const dir = join(temporary, user === null ? 'zemosaic-bench' : `zemosaic-bench-${user}`);
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  }
  const why = whyNotOwn(dir, user);
  if (why === null) return dir;
  const reason = `${why}; move it away, or name a folder with --tiles`;
  throw new AppError(Exit.disk, 'not_writable', lineOf({ path: dir, reason }));
}

function whyNotOwn(dir: string, user: number | null): string | null {
  const found = lstatSync(dir);
  if (found.isSymbolicLink()) return 'is a link that this program did not make';
  if (!found.isDirectory()) return 'is no folder';
  if (user === null) return null;
  if (found.uid !== user) return 'belongs to another user';
  return (found.mode & 0o022) === 0 ? null : 'may be written to by others';
}
