import type { MosaicOptions } from '../../config/options.ts';
import type { Combine, GridFacts, Kernel } from '../../device.ts';
import { distinct } from '../../tiles/channels.ts';
import type { Tile } from '../../tiles/tile.ts';

/** What a run has to do, as far as it decides how long that takes. */
export interface Job {
  kernel: Kernel;
  rule: Combine;
  threads: number;
  tiles: number;
  channels: number;
  /** Whether tiles are compared where they overlap before the mosaic is made. */
  matched: boolean;
  /** Bytes of the tiles and of their maps that are read for the mosaic, as numbers. */
  bytes: number;
  /** The part of them that has to be unpacked first. */
  packedBytes: number;
  /** Pixels of tiles with all their planes. */
  values: number;
  /** Pairs of an output pixel and a tile that covers it, whatever the planes. */
  places: number;
  /** Places in all channels: what a kernel interpolates. */
  samples: number;
  /** The samples of tiles that are turned against the grid. */
  turned: number;
  /** Pixels of the grid. */
  pixels: number;
}

export interface JobParts {
  tiles: readonly Tile[];
  grid: Pick<GridFacts, 'width' | 'height' | 'scaleArcsec' | 'rotationDeg' | 'dropped'>;
  /** The borders of these tiles on the grid. */
  outlines: readonly Float64Array[];
  kernel: Kernel;
  options: Pick<MosaicOptions, 'combine' | 'matchBackground' | 'matchGain'>;
  threads: number;
  channels: number;
}

/** Bytes of a pixel of a map beside a tile: most are floats. */
const MAP_BYTES = 4;

/** Beyond this angle eight neighbours of a row of the grid lie in several rows of a tile. */
const ALIGNED_DEG = 7;

const NOTHING = { bytes: 0, packedBytes: 0, values: 0, places: 0, samples: 0, turned: 0 };

/** From headers and borders alone; nothing is read. */
export function jobOf({ tiles, grid, outlines, kernel, options, threads, channels }: JobParts): Job {
  const files = distinct(tiles).length;
  const matched = files > 1 && (options.matchBackground !== 'none' || options.matchGain);
  const named = { kernel, rule: options.combine, threads, tiles: files, channels, matched };
  const pixels = grid.width * grid.height;
  const job: Job = { ...named, pixels, ...NOTHING };
  const dropped = new Set(grid.dropped);
  for (const [at, { hdu, spec }] of tiles.entries()) {
    if (dropped.has(at)) continue;
    const inside = fractionInside(outlines[at], grid);
    // How many tile pixels lie along the side of an output pixel.
    const finer = grid.scaleArcsec / (hdu.wcs?.scaleArcsec ?? grid.scaleArcsec);
    const area = (hdu.width ?? 0) * (hdu.height ?? 0) * inside;
    const planes = hdu.planes ?? 1;
    const maps = [spec.weightMap, spec.mask, spec.alpha].filter((map) => map !== undefined).length;
    const bytes = area * ((planes * Math.abs(hdu.bitpix)) / 8 + maps * MAP_BYTES);
    const places = area / finer ** 2;
    job.bytes += bytes;
    if (hdu.kind === 'compressed') job.packedBytes += bytes;
    job.values += area * planes;
    job.places += places;
    const samples = places * (spec.channel === undefined ? channels : 1);
    job.samples += samples;
    if (isTurned((hdu.wcs?.rotationDeg ?? 0) - grid.rotationDeg)) job.turned += samples;
  }
  return job;
}

/** Neither along the rows of the grid, nor upside down. */
function isTurned(degrees: number): boolean {
  const folded = ((degrees % 180) + 180) % 180;
  return folded > ALIGNED_DEG && folded < 180 - ALIGNED_DEG;
}

/** Tiles per covered pixel; gaps of a grid that the tiles do not fill make it smaller than it is. */
export function depthOf({ places, pixels }: Pick<Job, 'places' | 'pixels'>): number {
  return Math.max(1, places / Math.max(1, pixels));
}

/** The part of a tile's bounding box that lies on the grid; all of it where its border cannot be told. */
function fractionInside(
  outline: Float64Array | undefined,
  { width, height }: Pick<GridFacts, 'width' | 'height'>,
): number {
  const [x, y]: [Span, Span] = [nothing(), nothing()];
  for (let at = 0; at + 1 < (outline?.length ?? 0); at += 2) {
    grow(x, outline?.[at]);
    grow(y, outline?.[at + 1]);
  }
  return overlap(x, width) * overlap(y, height);
}

interface Span {
  from: number;
  to: number;
}

const nothing = (): Span => ({ from: Infinity, to: -Infinity });

function grow(span: Span, value: number | undefined): void {
  if (value === undefined || !Number.isFinite(value)) return;
  span.from = Math.min(span.from, value);
  span.to = Math.max(span.to, value);
}

function overlap({ from, to }: Span, size: number): number {
  if (!(to > from)) return 1;
  return Math.max(0, Math.min(to, size) - Math.max(from, 0)) / (to - from);
}
