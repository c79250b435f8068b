import { bytesPerTileRow, type ChunkShape } from './budget/chunk-bytes.ts';
import type { Device, GridFacts } from './device.ts';
import type { Tile } from './tiles/select.ts';

/** What the chunk plan needs of the tiles on their grid. */
export function chunkShape(
  device: Device,
  tiles: readonly Tile[],
  grid: GridFacts,
  planes: number,
  threads: number,
): ChunkShape {
  const profiles = device.profiles();
  return {
    tiles: tiles.map((tile, at) => {
      const maps = mapPlanes(tile);
      return {
        profile: profiles[at] ?? { firstBlock: 0, blocks: new Int32Array(0) },
        perRow: bytesPerTileRow(tile.hdu.width ?? 0, planes, maps),
        maps,
      };
    }),
    width: grid.width,
    height: grid.height,
    planes,
    threads,
  };
}

function mapPlanes(tile: Tile): number {
  if (tile.spec.alpha !== undefined) return 2;
  return tile.spec.weightMap === undefined && tile.spec.feather === undefined ? 0 : 1;
}

/** Whether the tile meets the output anywhere. */
export function meetsGrid(shape: ChunkShape, tile: number): boolean {
  const blocks = shape.tiles[tile]?.profile.blocks ?? new Int32Array(0);
  for (let at = 0; at < blocks.length; at += 6) if ((blocks[at + 1] ?? 0) > (blocks[at] ?? 0)) return true;
  return false;
}
