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

/** Bytes of the strips that workers fill: every plane and the coverage as float32, opacity as one byte. */
export function stripBytes(shape: ChunkShape, rows: number): number {
  return Math.min(rows, shape.threads * STRIP_ROWS) * shape.width * (4 * shape.planes + 4 + 1);
}
