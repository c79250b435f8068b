import { bytesPerTileRow, type ChunkShape, PROFILE_ROWS, STRIP_ROWS, stripBytes } from '../src/budget/chunk-bytes.ts';
import { mostRows } from '../src/budget/chunk-plan.ts';
import type { DeviceChunk } from '../src/budget/device-bytes.ts';
import { addTile, noNeed } from '../src/budget/device-need.ts';
import type { DeviceBounds, DevicePlanner } from '../src/budget/device-plan.ts';
import type { Need } from '../src/budget/needs.ts';

/** Plans as they are defined: every question is put to every tile anew. What is clever in the sources must agree. */

/** A tile of `width` x `height` pixels at the left of output row `top`; `spare` more rows of it around each block. */
export function upright(top: number, width: number, height: number, spare = 0, planes = 1, maps = 0) {
  const firstBlock = Math.floor(top / PROFILE_ROWS);
  const blocks: number[] = [];
  for (let row = firstBlock * PROFILE_ROWS; row < top + height; row += PROFILE_ROWS) {
    const end = row + PROFILE_ROWS;
    blocks.push(0, width, 0, width, Math.max(0, row - spare - top), Math.min(height, end + spare - top));
  }
  const profile = { firstBlock, blocks: Int32Array.from(blocks) };
  return { profile, perRow: bytesPerTileRow(width, planes, maps), maps };
}

export function plainNeed(shape: ChunkShape, row0: number, rows: number): Need {
  const need: Need = { ...noNeed(), windowBytes: 0 };
  const depths = new Map<string, number>();
  for (const { profile, perRow, maps } of shape.tiles) {
    const met: number[][] = [];
    for (let row = Math.floor(row0 / PROFILE_ROWS) * PROFILE_ROWS; row < row0 + rows; row += PROFILE_ROWS) {
      const block = row / PROFILE_ROWS - profile.firstBlock;
      const ranges = [...profile.blocks.slice(6 * Math.max(0, block), 6 * Math.max(0, block + 1))];
      const [x0 = 0, x1 = 0] = ranges;
      if (x0 >= x1) continue;
      met.push(ranges);
      for (let column = Math.floor(x0 / 1024); column < x1 / 1024; column += 1) {
        const place = `${row} ${column}`;
        depths.set(place, (depths.get(place) ?? 0) + 1);
      }
    }
    if (met.length === 0) continue;
    const [x0, tx0, ty0] = [0, 2, 4].map((at) => Math.min(...met.map((ranges) => ranges[at] ?? 0))) as Three;
    const [x1, tx1, ty1] = [1, 3, 5].map((at) => Math.max(...met.map((ranges) => ranges[at] ?? 0))) as Three;
    need.windowBytes += (ty1 - ty0) * perRow;
    addTile(need, { x0, x1, columns: tx1 - tx0, rows: ty1 - ty0, maps });
  }
  need.depth = Math.max(0, ...depths.values());
  return need;
}

type Three = [number, number, number];

/** The chunk of one channel. */
export function plainChunk(shape: ChunkShape, row0: number, rows: number): DeviceChunk {
  return { row0, row1: row0 + rows, width: shape.width, channels: 1, need: plainNeed(shape, row0, rows) };
}

/** First rows and heights of the chunks on the CPU. */
export function plainCuts(shape: ChunkShape, budget: number): [row0: number, rows: number][] {
  const cuts: [number, number][] = [];
  for (let row0 = 0; row0 < shape.height; row0 += cuts.at(-1)?.[1] ?? Infinity)
    cuts.push([row0, plainRows(shape, budget, row0)]);
  return cuts;
}

function plainRows(shape: ChunkShape, budget: number, row0: number): number {
  const left = shape.height - row0;
  const most = mostRows(shape.threads);
  const share = Math.min(stripBytes(shape, Math.min(most, shape.height)), budget / 2);
  const windows = (rows: number) => plainNeed(shape, row0, rows).windowBytes;
  const strips = Array.from({ length: most / STRIP_ROWS }, (_, at) => most - at * STRIP_ROWS);
  const tall = strips.map((rows) => Math.min(rows - (row0 % STRIP_ROWS), left));
  const low = [16, 8, 4, 2, 1].map((rows) => Math.min(rows, left));
  const fits = [...tall, ...low].find(
    (rows) => stripBytes(shape, rows) <= share && 2 * windows(rows) <= budget - share,
  );
  if (fits !== undefined) return fits;
  const block = Math.min(PROFILE_ROWS - (row0 % PROFILE_ROWS), left);
  const more = tall.find((rows) => windows(rows) <= 1.25 * windows(block) && stripBytes(shape, rows) <= share);
  if (more !== undefined) return more;
  let rows = Math.min(block, STRIP_ROWS);
  while (rows > 1 && stripBytes(shape, rows) > share) rows = Math.floor(rows / 2);
  return rows;
}

/** Rows of the chunk at `row0` on a device, 0 for none. */
export function plainDeviceRows(planner: DevicePlanner, row0: number, bounds: DeviceBounds): number {
  const { estimate, hostBytes, chunkRows, maxBuffer, needs } = planner;
  const { shape } = needs;
  const most = Math.min(bounds.rows, chunkRows ?? Infinity, shape.height - row0);
  const chunk = (rows: number) => plainChunk(shape, row0, rows);
  const onDevice = bisect(bounds.bytes, most, (rows) => estimate.bytes(chunk(rows)));
  if (chunkRows !== null) return onDevice < most ? 0 : most;
  const limit = maxBuffer ?? Infinity;
  const fitting = Math.min(
    onDevice,
    Math.max(
      1,
      bisect(limit, onDevice, (rows) => estimate.largest(chunk(rows))),
    ),
  );
  const onHost = (rows: number) => 2 * plainNeed(shape, row0, rows).windowBytes + estimate.staging(chunk(rows));
  return Math.min(fitting, Math.max(bisect(hostBytes, fitting, onHost), PROFILE_ROWS - (row0 % PROFILE_ROWS)));
}

/** Rows that are within a limit while the next is not, or `most`. */
function bisect(limit: number, most: number, bytesOf: (rows: number) => number): number {
  let [good, bad] = [0, most + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (bytesOf(middle) <= limit) good = middle;
    else bad = middle;
  }
  return good;
}
