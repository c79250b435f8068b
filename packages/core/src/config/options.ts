import type { OutputChannel } from './output-channel.ts';

export type Backend = 'auto' | 'cuda' | 'wgpu' | 'cpu';

/** Options of a mosaic, validated and complete: no default is filled in after this. */
export interface MosaicOptions {
  backend: Backend;
  device: number;
  noCpuFallback: boolean;
  chunkMb: number | 'auto';
  chunkRows: number | null;
  vramFraction: number;
  vramSafeFraction: number;
  vramReserveMb: number;
  vramHardCapMb: number;
  safeMode: 'auto' | 'on' | 'off';
  ramMb: number | null;
  threads: number | null;
  like: string | null;
  center: [number, number] | null;
  size: [number, number] | null;
  scale: number | null;
  projection: string;
  rotation: 'north-up' | 'auto';
  hdu: string;
  kernel: string;
  combine: string;
  weights: string;
  matchBackground: 'none' | 'offset' | 'plane';
  matchGain: boolean;
  /** Value of pixels without data, beside NaN and BLANK; null: none. */
  blank: number | null;
  /** Width of the soft edge of tiles, tile px; 0: none. */
  feather: number;
  mapError: number;
  /** Mono tiles to colour, by their filters; null: the tiles' own planes are the channels. */
  channels: OutputChannel[] | null;
  split: boolean;
  preview: boolean;
  report: boolean;
  force: boolean;
  strict: boolean;
  resume: boolean;
  noSync: boolean;
  reproducible: boolean;
}

/** What a caller asks of a run. */
export interface MosaicRequest {
  command: string;
  inputs: string[];
  /** Path of the mosaic; null for `plan`, which writes nothing. */
  out: string | null;
  options: MosaicOptions;
}
