import type { MosaicOptions } from '../config/options.ts';
import { AppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { MB } from '../units.ts';
import type { Prepared } from './prepare.ts';

/** Buffers are kept for windows that are a little taller, so in time they are touched beyond what a chunk needs. */
const SLACK = 1.25;
/** What events, reports and threads take while chunks are made, MB: measured 8 to 12. */
const BESIDE = 12;

/** MB that one thing alone may never exceed: as requested, else all that is available, of which a run uses half. */
export function memoryLimit({ ram }: Prepared, { ramMb }: MosaicOptions): number {
  return ramMb ?? 2 * ram;
}

function chunkBytes({ gpu, plan }: Prepared): number {
  return gpu?.plan.hostBytes ?? plan.bytes;
}

/** MB that the process takes with its largest chunk. */
function needed(made: Prepared): number {
  // The memory that the process already holds, with all tiles open, counts too.
  return Math.ceil((SLACK * chunkBytes(made) + made.held) / MB) + BESIDE;
}

/** A warning where the largest chunk needs more memory than the run may use. */
export function warnOfMemory(made: Prepared, emit: Emit): void {
  const most = needed(made);
  if (most <= made.ram) return;
  emit({
    event: 'warning',
    code: 'over_memory',
    message: `with its largest chunk the run needs ${most} MB, more than the ${made.ram} MB that the run may use, because many or large tiles overlap there; raise --ram-mb`,
  });
}

/**
 * Chunks are as small as they can be where they exceed what they may take; a limit that one alone exceeds cannot hold.
 * @throws AppError exit 6.
 */
export function refuseOfMemory(made: Prepared, options: MosaicOptions): void {
  const limit = memoryLimit(made, options);
  const chunk = Math.ceil(chunkBytes(made) / MB);
  if (chunk <= limit) return;
  const rows = made.gpu === null ? made.plan.rows : made.gpu.plan.rows;
  const size = rows === 1 ? 'one row' : `${rows} rows`;
  const raise = `raise --ram-mb to ${needed(made)}, or choose a coarser --scale or a smaller grid`;
  const message = `a chunk of ${size} takes ${chunk} MB, more than the ${limit} MB that the run may use, and none can be smaller; ${raise}`;
  throw new AppError(Exit.backend, 'over_memory', message);
}
