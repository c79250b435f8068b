import { type ChunkShape, PROFILE_ROWS, type TileBytes } from './chunk-bytes.ts';
import { addTile, BLOCK_COLUMNS, type DeviceNeed, noNeed } from './device-need.ts';

/** What some output rows need of the tiles, to the 64-row block. */
export interface Need extends DeviceNeed {
  /** Host bytes of the windows: whole tile rows. Left out: mapping lattices and the reader's buffers. */
  windowBytes: number;
}

/** A tile that meets a block, and where its profile has that block. */
interface Meeting {
  index: number;
  tile: TileBytes;
  at: number;
}

/**
 * What any output rows need of the tiles. Blocks are looked through from the first row on, each with the tiles that meet
 * it alone: to find where a chunk ends costs what is in it, however many tiles and rows the output has.
 */
export class Needs {
  readonly #met: Meeting[][] = [];
  readonly #depths: number[] = [];
  /** Two of them: a chunk is planned while the one before it is made, and once more when its turn comes. */
  #sweeps: Sweep[] = [];

  constructor(readonly shape: ChunkShape) {
    for (const [index, tile] of shape.tiles.entries()) {
      const { firstBlock, blocks } = tile.profile;
      for (let at = 0; at + 5 < blocks.length; at += 6) {
        if ((blocks[at] ?? 0) >= (blocks[at + 1] ?? 0)) continue;
        const block = firstBlock + at / 6;
        const met = this.#met[block];
        if (met === undefined) this.#met[block] = [{ index, tile, at }];
        else met.push({ index, tile, at });
      }
    }
  }

  /** Of output rows [row0, row0 + rows), `rows` > 0; null when it is `enough` before their last block. */
  of(row0: number, rows: number, enough: (need: Need) => boolean): Need | null {
    const first = Math.floor(row0 / PROFILE_ROWS);
    let sweep = this.#sweeps.find((one) => one.first === first);
    if (sweep === undefined) {
      sweep = new Sweep(this, first);
      this.#sweeps = [sweep, ...this.#sweeps.slice(0, 1)];
    }
    return sweep.to(Math.floor((row0 + rows - 1) / PROFILE_ROWS), enough);
  }

  /** All of them, however much it is. */
  whole(row0: number, rows: number): Need {
    return this.of(row0, rows, () => false) ?? nothing();
  }

  meeting(block: number): readonly Meeting[] {
    return this.#met[block] ?? [];
  }

  depth(block: number): number {
    let most = this.#depths[block];
    if (most === undefined) {
      most = 0;
      const counts = new Map<number, number>();
      for (const { tile, at } of this.meeting(block)) {
        const { blocks } = tile.profile;
        const x1 = blocks[at + 1] ?? 0;
        for (let x = Math.floor((blocks[at] ?? 0) / BLOCK_COLUMNS); x * BLOCK_COLUMNS < x1; x += 1) {
          const count = (counts.get(x) ?? 0) + 1;
          counts.set(x, count);
          most = Math.max(most, count);
        }
      }
      this.#depths[block] = most;
    }
    return most;
  }
}

function nothing(): Need {
  return { ...noNeed(), windowBytes: 0 };
}

/** Output columns, tile columns and rows that hold all that some blocks need of a tile. */
type Ranges = [x0: number, x1: number, tx0: number, tx1: number, ty0: number, ty1: number];

/** What the rows from one block on need, up to each block that was asked for. */
class Sweep {
  readonly #held = new Map<number, Ranges>();
  readonly #found: Need[] = [];

  constructor(
    private readonly needs: Needs,
    readonly first: number,
  ) {}

  to(last: number, enough: (need: Need) => boolean): Need | null {
    let latest = this.#found[last - this.first] ?? this.#found.at(-1) ?? nothing();
    for (let block = this.first + this.#found.length; block <= last; block += 1) {
      if (enough(latest)) return null;
      latest = this.#with(block, { ...latest });
      this.#found.push(latest);
    }
    return latest;
  }

  #with(block: number, need: Need): Need {
    for (const { index, tile, at } of this.needs.meeting(block)) {
      const { blocks } = tile.profile;
      const value = (i: number) => blocks[at + i] ?? 0;
      const held = this.#held.get(index);
      if (held !== undefined) add(need, tile, held, -1);
      const ranges: Ranges = [
        Math.min(value(0), held?.[0] ?? Infinity),
        Math.max(value(1), held?.[1] ?? 0),
        Math.min(value(2), held?.[2] ?? Infinity),
        Math.max(value(3), held?.[3] ?? 0),
        Math.min(value(4), held?.[4] ?? Infinity),
        Math.max(value(5), held?.[5] ?? 0),
      ];
      add(need, tile, ranges, 1);
      this.#held.set(index, ranges);
    }
    need.depth = Math.max(need.depth, this.needs.depth(block));
    return need;
  }
}

function add(need: Need, { perRow, maps }: TileBytes, [x0, x1, tx0, tx1, ty0, ty1]: Ranges, sign: 1 | -1): void {
  const rows = ty1 - ty0;
  need.windowBytes += sign * rows * perRow;
  addTile(need, { x0, x1, columns: tx1 - tx0, rows, maps }, sign);
}
