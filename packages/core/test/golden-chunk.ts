import type { DeviceChunk, DeviceRules } from '../src/budget/device-bytes.ts';
import { addTile, type DeviceTile, noNeed } from '../src/budget/device-need.ts';

/** A chunk and the bytes that the engine allocated for it, written by the engine's own tests. */
export interface GoldenChunk extends DeviceRules {
  row0: number;
  row1: number;
  width: number;
  channels: number;
  depth: number;
  tiles: DeviceTile[];
  bytes: number;
}

/** As the estimates take it. */
export function chunkOf({ row0, row1, width, channels, depth, tiles }: GoldenChunk): DeviceChunk {
  const need = { ...noNeed(), depth };
  for (const tile of tiles) addTile(need, tile);
  return { row0, row1, width, channels, need };
}
