import type { Gpu } from '../protocol/protocol.ts';
import type { Chance } from './chance.ts';
import type { TileSet } from './tiles.ts';

/** A mosaic of chance. */
export interface Job {
  set: TileSet;
  backend: string;
  environment: Record<string, string>;
  /** Words that can change a pixel. */
  pixels: string[];
  /** Words that cannot. */
  others: string[];
  split: boolean;
}

const KERNELS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4'] as const;
const RULES = ['mean', 'median', 'winsorized', 'kappa-sigma', 'min', 'max', 'sum', 'first', 'last'] as const;

/** Kernel, rule, weights, backgrounds; threads, chunks and memory. */
export function jobOf(set: TileSet, gpus: readonly Gpu[], chance: Chance): Job {
  const gpu = chance.is(0.5) ? gpus[chance.whole(0, gpus.length - 1)] : undefined;
  const kernel = gpu === undefined && chance.is(0.2) ? 'exact' : chance.of(KERNELS);
  const pixels = ['--kernel', kernel, '--combine', chance.of(RULES)];
  pixels.push('--match-background', chance.of(['none', 'offset', 'plane']));
  if (chance.is(0.2)) pixels.push('--weights', chance.of(['none', 'noise']));
  if (chance.is(0.2)) pixels.push('--feather', String(chance.whole(1, 30)));
  if (chance.is(0.1)) pixels.push('--trim', String(chance.whole(1, 3)));
  const others = ['--chunk-rows', String(chance.whole(1, 80))];
  if (chance.is(0.5)) others.push('--threads', String(chance.whole(1, 3)));
  if (gpu !== undefined && chance.is(0.3)) others.push('--vram-hard-cap-mb', String(chance.whole(1, 64)));
  return {
    ...{ set, pixels, others, split: chance.is(0.2) },
    backend: gpu?.name ?? 'cpu',
    environment: gpu?.environment ?? {},
  };
}

/** The words of a run that writes to `out`: a plain one, or with what cannot change a pixel. */
export function words({ set, backend, pixels, others, split }: Job, out: string, plain: boolean): string[] {
  const inputs = ['mosaic', ...set.paths, '--like', set.like, '-o', out, '--reproducible', '--backend', backend];
  return [...inputs, ...pixels, ...(split ? ['--split'] : []), ...(plain ? [] : others)];
}
