import type { GridFacts } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import type { Tile } from './tile.ts';

/** The sky, in whatever coordinates, or another body: `HPLN/HPLT` and the like. */
function bodyOf(frame: string): string {
  return frame.includes('/') ? frame : 'sky';
}

/**
 * Coordinates on the Sun or a planet have no known place among those of the sky, nor among each other's.
 * @throws AppError exit 3 when tiles, or tiles and the grid of `like`, are in unrelated frames.
 */
export function refuseUnrelatedFrames(tiles: readonly Tile[], grid: GridFacts | null, like: string | null): void {
  const frames = tiles.map(({ path, hdu }) => ({ path, frame: hdu.wcs?.frame ?? '' }));
  const all = grid === null || like === null ? frames : [...frames, { path: like, frame: grid.frame }];
  const [first] = all;
  const other = all.find(({ frame }) => first !== undefined && bodyOf(frame) !== bodyOf(first.frame));
  if (first === undefined || other === undefined) return;
  throw new AppError(
    Exit.input,
    'mixed_frames',
    `${first.path} is in the frame ${first.frame} and ${other.path} in ${other.frame}, which nothing relates; mosaic them separately`,
  );
}
