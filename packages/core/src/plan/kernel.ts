import { basename } from 'node:path';
import type { MosaicOptions } from '../config/options.ts';
import type { GridFacts, Kernel } from '../device.ts';
import type { Note } from '../tiles/mixed.ts';
import type { Tile } from '../tiles/tile.ts';

/** On a grid whose pixels are more than this many times those of a tile, every kernel but `exact` skips some of its pixels. */
const COARSE = 1.5;

export interface Interpolation {
  kernel: Kernel;
  notes: Note[];
}

/** The kernel of a run; a remark where the grid is so coarse that it matters. */
export function chooseKernel(
  tiles: readonly Tile[],
  { scaleArcsec }: Pick<GridFacts, 'scaleArcsec'>,
  { kernel }: Pick<MosaicOptions, 'kernel'>,
): Interpolation {
  const fine = tiles.filter(({ hdu }) => scaleArcsec > COARSE * (hdu.wcs?.scaleArcsec ?? scaleArcsec));
  const chosen = kernel === 'auto' ? (fine.length > 0 ? 'exact' : 'bilinear') : kernel;
  const finest = fine.reduce<Tile | undefined>(
    (a, b) => (a === undefined || scaleOf(b) < scaleOf(a) ? b : a),
    undefined,
  );
  if (finest === undefined || (kernel !== 'auto' && chosen === 'exact')) return { kernel: chosen, notes: [] };
  const ratio = Number((scaleArcsec / scaleOf(finest)).toPrecision(3));
  const which = fine.length === 1 ? 'a tile' : `${fine.length} tiles`;
  const coarse = `the pixels of the grid are up to ${ratio} times those of ${which}`;
  const named = basename(finest.path);
  if (chosen === 'exact') {
    const message = `${coarse}: --kernel exact is used (${named})`;
    return { kernel: chosen, notes: [{ level: 'info', code: 'coarse_grid', message }] };
  }
  const message = `${coarse}, and ${chosen} looks at a part of them only; --kernel exact takes them all (${named})`;
  return { kernel: chosen, notes: [{ level: 'warning', code: 'coarse_grid', message }] };
}

function scaleOf({ hdu }: Tile): number {
  return hdu.wcs?.scaleArcsec ?? Infinity;
}
