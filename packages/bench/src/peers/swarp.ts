import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine, type Missing, type Peer } from './peer.ts';

const KERNELS: Record<string, string> = {
  nearest: 'NEAREST',
  bilinear: 'BILINEAR',
  lanczos3: 'LANCZOS3',
  lanczos4: 'LANCZOS4',
};

const COMBINES: Record<string, string> = {
  mean: 'AVERAGE',
  median: 'MEDIAN',
  min: 'MIN',
  max: 'MAX',
  sum: 'SUM',
  'kappa-sigma': 'CLIPPED',
};

/** SWarp (Bertin et al. 2002). It takes the output grid from the `.head` file beside its output. */
export function findSwarp(): Peer | Missing {
  const program = Bun.which('SWarp') ?? Bun.which('swarp');
  if (program === null) return { peer: 'SWarp', why: 'not installed' };
  const version = /[\d.]+/.exec(firstLine([program, '--version']) ?? '')?.[0] ?? 'unknown';
  return {
    name: 'SWarp',
    version,
    kernel: (kernel) => KERNELS[kernel] ?? null,
    combine: (combine) => COMBINES[combine] ?? null,
    // Not of tiles to each other: a smooth background is taken from each, and with it whatever of the sky is as smooth.
    matching: 'own subtraction',
    remark: (distortion) => (distortion === 'sip' ? 'ignores SIP: the positions are wrong' : null),
    prepare: ({ grid, out }) => copyFileSync(grid, out.replace(/\.fits$/, '.head')),
    steps: ({ tiles, out, dir, kernel, combine, threads, matched }) => {
      const settings: Record<string, string> = {
        IMAGEOUT_NAME: out,
        WEIGHTOUT_NAME: join(dir, 'weight.fits'),
        RESAMPLING_TYPE: KERNELS[kernel] ?? 'BILINEAR',
        COMBINE_TYPE: COMBINES[combine] ?? 'AVERAGE',
        WEIGHT_TYPE: 'NONE',
        SUBTRACT_BACK: matched ? 'Y' : 'N',
        RESAMPLE_DIR: dir,
        VMEM_DIR: dir,
        WRITE_XML: 'N',
        VERBOSE_TYPE: 'QUIET',
        NTHREADS: String(threads),
      };
      const words = Object.entries(settings).flatMap(([name, value]) => [`-${name}`, value]);
      // Without a settings file SWarp uses its defaults.
      return [{ argv: [program, ...tiles, '-c', '/dev/null', ...words] }];
    },
  };
}
