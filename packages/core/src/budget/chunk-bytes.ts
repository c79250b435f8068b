import type { TileProfile } from '../device.ts';

/** Output rows that one entry of a tile's profile stands for. */
export const PROFILE_ROWS = 64;
/** Output rows a CPU worker computes at a time. */
export const STRIP_ROWS = 32;

/** What the estimate needs of a tile. */
export interface TileBytes {
  profile: TileProfile;
  /** Bytes of a row of the tile in memory. Whole rows are held: a tile lies in its file by rows. */
  perRow: number;
  /** Planes beside the channels: 1 for weights, 2 with an opacity, which weighs too. */
  maps: number;
}

export interface ChunkShape {
  tiles: readonly TileBytes[];
  width: number;
  height: number;
  planes: number;
  threads: number;
}

/** Planes, weights and opacity are float32 in memory, whatever they are in the file. */
export function bytesPerTileRow(width: number, planes: number, maps: number): number {
  return 4 * width * (planes + maps);
}

/**
 * Bytes of the tile windows for output rows [row0, row0 + rows): for each tile the rows that hold everything the
 * 64-row blocks met by those rows need. Left out: mapping lattices and the reader's buffers.
 */
export function windowBytes(shape: ChunkShape, row0: number, rows: number): number {
  let bytes = 0;
  for (const tile of shape.tiles) bytes += windowRows(tile.profile, row0, rows) * tile.perRow;
  return bytes;
}

/** Tiles that meet output rows [row0, row0 + rows), to the 64-row block. */
export function tilesMet(shape: ChunkShape, row0: number, rows: number): number {
  return shape.tiles.filter((tile) => windowRows(tile.profile, row0, rows) > 0).length;
}

/** Bytes of the strips that workers fill: every plane and the coverage as float32, opacity as one byte. */
export function stripBytes(shape: ChunkShape, rows: number): number {
  return Math.min(rows, shape.threads * STRIP_ROWS) * shape.width * (4 * shape.planes + 4 + 1);
}

function windowRows(profile: TileProfile, row0: number, rows: number): number {
  const first = Math.floor(row0 / PROFILE_ROWS) - profile.firstBlock;
  const last = Math.floor((row0 + rows - 1) / PROFILE_ROWS) - profile.firstBlock;
  const end = Math.min(last, Math.floor(profile.blocks.length / 6) - 1);
  let [y0, y1] = [Infinity, -Infinity];
  for (let block = Math.max(first, 0); block <= end; block += 1) {
    const at = block * 6;
    const by0 = profile.blocks[at + 4] ?? 0;
    const by1 = profile.blocks[at + 5] ?? 0;
    if (by1 <= by0) continue;
    y0 = Math.min(y0, by0);
    y1 = Math.max(y1, by1);
  }
  return y1 > y0 ? y1 - y0 : 0;
}
