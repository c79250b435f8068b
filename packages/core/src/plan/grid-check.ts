import type { MosaicOptions } from '../config/options.ts';
import type { GridFacts } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import type { Tile } from '../tiles/tile.ts';

const MOST_PIXELS = 4e9;
const MOST_TIMES_THE_TILES = 50;

/**
 * Refuses a grid that is mostly empty sky between distant tiles, before anything is allocated. A size that the user set
 * (`--size`, `--like`) is never refused.
 */
export function refuseAbsurd(
  grid: GridFacts,
  tiles: readonly Tile[],
  options: Pick<MosaicOptions, 'like' | 'size'>,
): void {
  if (options.like !== null || options.size !== null) return;
  const pixels = grid.width * grid.height;
  if (pixels <= MOST_PIXELS || pixels <= MOST_TIMES_THE_TILES * grid.tilePixels) return;
  const outlier = tiles[grid.outlier]?.path ?? 'a tile';
  throw new AppError(
    Exit.absurd,
    'absurd_grid',
    `the mosaic would be ${grid.width} x ${grid.height} pixels, ${Math.round(pixels / Math.max(1, grid.tilePixels))} times its tiles: ${outlier} lies ${grid.outlierDeg.toFixed(1)} degrees from the others; leave it out, or set --size or --scale`,
  );
}
