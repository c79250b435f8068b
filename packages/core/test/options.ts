import type { MosaicOptions } from '../src/config/options.ts';

/** The defaults of `mosaic`, with what a test wants else. */
export function options(more: Partial<MosaicOptions> = {}): MosaicOptions {
  return {
    backend: 'auto',
    device: 0,
    noCpuFallback: false,
    chunkMb: 'auto',
    chunkRows: null,
    vramFraction: 0.45,
    vramSafeFraction: 0.25,
    vramReserveMb: 0,
    vramHardCapMb: 0,
    safeMode: 'auto',
    ramMb: null,
    threads: null,
    like: null,
    center: null,
    size: null,
    scale: null,
    projection: 'auto',
    rotation: 'north-up',
    hdu: 'auto',
    kernel: 'bilinear',
    combine: 'mean',
    weights: 'auto',
    mapError: 0.001,
    split: false,
    preview: false,
    report: false,
    force: false,
    strict: false,
    noSync: false,
    reproducible: false,
    ...more,
  };
}
