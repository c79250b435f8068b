import { bytesPerTileRow, type ChunkShape } from '../budget/chunk-bytes.ts';
import type { Device, GridFacts, TileProfile } from '../device.ts';
import type { Tile } from '../tiles/select.ts';

const NOWHERE = { firstBlock: 0, blocks: new Int32Array(0) };

/** Builds what the chunk plan needs to know of the tiles on their grid. */
export type ShapeOf = (planes: number, channel?: number) => ChunkShape;

/** For passes of `planes` channels; with a `channel` (from 0), only for that one and its tiles. */
export function chunkShapes(device: Device, tiles: readonly Tile[], grid: GridFacts, threads: number): ShapeOf {
  const profiles = device.profiles();
  return (planes, channel) => shape(tiles, profiles, grid, planes, threads, channel);
}

function shape(
  tiles: readonly Tile[],
  profiles: readonly TileProfile[],
  grid: GridFacts,
  planes: number,
  threads: number,
  channel: number | undefined,
): ChunkShape {
  return {
    tiles: tiles.map((tile, at) => {
      const maps = mapPlanes(tile);
      return {
        profile: takesPart(tile, channel) ? (profiles[at] ?? NOWHERE) : NOWHERE,
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

function takesPart(tile: Tile, channel: number | undefined): boolean {
  return channel === undefined || tile.spec.channel === undefined || tile.spec.channel === channel;
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
