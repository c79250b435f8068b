import type { Emit } from '../event.ts';
import { MB } from '../units.ts';
import type { Prepared } from './prepare.ts';

/** Buffers are kept for windows that are a little taller, so in time they are touched beyond what a chunk needs. */
const SLACK = 1.25;
/** What events, reports and threads take while chunks are made, MB: measured 8 to 12. */
const BESIDE = 12;

/** A warning where the largest chunk needs more memory than the run may use. */
export function warnOfMemory(made: Prepared, emit: Emit): void {
  const chunk = made.gpu?.plan.hostBytes ?? made.plan.bytes;
  // The memory that the process already holds, with all tiles open, counts too.
  const needed = Math.ceil((SLACK * chunk + made.held) / MB) + BESIDE;
  if (needed <= made.ram) return;
  emit({
    event: 'warning',
    code: 'over_memory',
    message: `with its largest chunk the run needs ${needed} MB, more than the ${made.ram} MB that the run may use, because many or large tiles overlap there; raise --ram-mb`,
  });
}
