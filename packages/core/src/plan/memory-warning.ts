import type { Emit } from '../event.ts';
import { MB } from '../units.ts';
import type { Prepared } from './prepare.ts';

/** A warning where the largest chunk needs more memory than the run may use. */
export function warnOfMemory(made: Prepared, emit: Emit): void {
  // The memory that the process already holds counts too.
  const chunk = made.gpu?.plan.hostBytes ?? made.plan.bytes;
  const needed = Math.ceil((chunk + made.host.peakRss) / MB);
  if (needed <= made.ram) return;
  emit({
    event: 'warning',
    code: 'over_memory',
    message: `the largest chunk needs ${needed} MB, more than the ${made.ram} MB that the run may use, because many or large tiles overlap there; raise --ram-mb`,
  });
}
