import type { Engine } from '../device.ts';
import { asFileError, Exit, fileError } from '../error.ts';
import type { Emit } from '../event.ts';
import type { OutputPaths } from '../inputs/output-paths.ts';
import { MB } from '../units.ts';
import type { Prepared } from './prepare.ts';

/** Bytes of coverage and alpha per pixel. */
const DRAFT = 5;

/** Whether channels are made one after another, which needs drafts of coverage and alpha. */
export function madeApart({ passes, gpu, channels }: Prepared): boolean {
  return passes.length > 1 || (gpu !== null && channels > 1);
}

/** What the output lacks of room; null when there is enough, or nobody knows. */
function lack(made: Prepared): string | null {
  const { output_bytes: output, disk_free: free } = made.facts;
  const drafts = madeApart(made) ? DRAFT * made.grid.width * made.grid.height : 0;
  const needed = output + drafts;
  if (free === null || needed <= free) return null;
  return `needs ${Math.ceil(needed / MB)} MB and its disk has ${Math.floor(free / MB)} MB free; free some space, or choose another disk with -o`;
}

/**
 * What somebody else has at the name of an unfinished file is in the way, however long the run takes to get there.
 * @throws AppError exit 5.
 */
export function refuseUnfinished(engine: Engine, { mosaic, weight, alpha }: OutputPaths): void {
  for (const path of [mosaic, weight, alpha].filter((path) => path !== null)) {
    try {
      engine.checkUnfinished(path);
    } catch (error) {
      throw asFileError(error, Exit.disk, path);
    }
  }
}

/** @throws AppError exit 5. */
export function refuseWithoutRoom(path: string, made: Prepared): void {
  const reason = lack(made);
  if (reason !== null) throw fileError(Exit.disk, 'no_space', path, reason);
}

/** For `plan`, which writes nothing. */
export function warnOfDisk(made: Prepared, emit: Emit): void {
  const reason = lack(made);
  if (reason !== null) emit({ event: 'warning', code: 'no_space', message: `the mosaic ${reason}` });
}
