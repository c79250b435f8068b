import type { Combine } from '../../device.ts';
import type { Card } from './card.ts';
import { depthOf, type Job } from './job.ts';
import {
  AREA_INSTRUCTIONS,
  AREA_NS,
  type ByDepth,
  CHANNEL_S,
  COVER_BYTES,
  HOST_SERIAL,
  KERNEL_INSTRUCTIONS,
  KERNEL_NS,
  LARGE_AREA,
  LARGE_AREA_NS,
  LATTICE_BYTES,
  LATTICE_NS,
  MATCH_NS,
  PROCESS_S,
  READ_NS_PER_BYTE,
  REJECTION_PASSES,
  RULE_NS,
  RUN_S,
  SAMPLE_BYTES,
  STACK_BYTES,
  TILE_NS,
  TURNED_NS,
  UNPACK_NS_PER_BYTE,
  VALUE_BYTES,
  VALUE_NS,
  WRITE_NS_PER_BYTE,
} from './rates.ts';

/** How long a run takes, as far as its size tells, and of that what all processor cores do. */
export interface Estimate {
  seconds: number;
  coreSeconds: number;
}

const SECONDS_PER_NS = 1e-9;

/** On the CPU: all channels in one pass. */
export function onCpu(job: Job): Estimate {
  const { shared, each } = KERNEL_NS[job.kernel];
  const work =
    job.places * shared +
    job.samples * each +
    areas(job) * (job.values > LARGE_AREA * job.samples ? LARGE_AREA_NS : AREA_NS) +
    job.turned * TURNED_NS +
    job.samples * byDepth(RULE_NS[job.rule], depthOf(job));
  const written = job.pixels * (VALUE_BYTES * job.channels + COVER_BYTES);
  const coreSeconds = (input(job) + work + written * WRITE_NS_PER_BYTE) * SECONDS_PER_NS;
  return { seconds: PROCESS_S + RUN_S + coreSeconds / job.threads, coreSeconds: RUN_S + coreSeconds };
}

/**
 * On a GPU, channel by channel: what is left for the host, measured, and behind it what the card takes, from its figures. That they overlap
 * is left out, because how much they do is not measured.
 */
export function onGpu(job: Job, card: Card): Estimate {
  const perChannel = job.pixels * job.channels * (VALUE_BYTES + COVER_BYTES);
  const host = (input(job) + job.samples * LATTICE_NS + perChannel * WRITE_NS_PER_BYTE) * SECONDS_PER_NS;
  const depth = depthOf(job);
  const moved = job.values * VALUE_BYTES + job.samples * LATTICE_BYTES + perChannel;
  const traffic = job.samples * (SAMPLE_BYTES + STACK_BYTES * passes(job.rule, depth)) + perChannel;
  const instructions = job.samples * KERNEL_INSTRUCTIONS[job.kernel] + areas(job) * AREA_INSTRUCTIONS;
  const device = moved / card.copyBytes + Math.max(instructions / card.instructions, traffic / card.memoryBytes);
  const { threads, channels } = job;
  const elapsed = host * (HOST_SERIAL + (1 - HOST_SERIAL) / threads);
  return {
    seconds: PROCESS_S + RUN_S + card.start + channels * CHANNEL_S + elapsed + device,
    coreSeconds: RUN_S + host,
  };
}

/** What both ways have in common: opening tiles, comparing and reading them. */
function input(job: Job): number {
  return (
    job.tiles * TILE_NS +
    job.bytes * READ_NS_PER_BYTE +
    job.packedBytes * UNPACK_NS_PER_BYTE +
    job.values * (VALUE_NS + (job.matched ? MATCH_NS : 0))
  );
}

/** Pixels of tiles whose areas are taken one by one. */
function areas({ kernel, values }: Job): number {
  return kernel === 'exact' ? values : 0;
}

/** How often a stack of this depth goes through the card's memory; rules that keep sums have none. */
function passes(rule: Combine, depth: number): number {
  const sorting = Math.log2(depth + 1) ** 2 / 2;
  switch (rule) {
    case 'median':
      return sorting;
    case 'winsorized':
    case 'kappa-sigma':
      return sorting + REJECTION_PASSES;
    default:
      return 0;
  }
}

/** Between two depths of a table by the logarithm of the depth; beyond its ends what it says there. */
export function byDepth(table: ByDepth, depth: number): number {
  const above = table.findIndex(([at]) => at >= depth);
  const [from, to] = [table[above < 0 ? table.length - 1 : above - 1], table[above]];
  if (from === undefined || to === undefined) return (from ?? to)?.[1] ?? 0;
  const share = Math.log(depth / from[0]) / Math.log(to[0] / from[0]);
  return from[1] + share * (to[1] - from[1]);
}
