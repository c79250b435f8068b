/** Columns of a block of the output, and of a cell of the lattice, on a device. */
export const BLOCK_COLUMNS = 1024;
export const CELL_COLUMNS = 32;

/** What a chunk needs of one tile, as its profile has it. */
export interface DeviceTile {
  /** Output columns, half-open. */
  x0: number;
  x1: number;
  /** Tile columns and rows. */
  columns: number;
  rows: number;
  /** Planes beside the channels: weights, and opacity with them. */
  maps: number;
}

/** What a chunk needs of all its tiles together. */
export interface DeviceNeed {
  tiles: number;
  /** Bytes of one plane of every window, and of the planes beside the channels. */
  planes: number;
  mapPlanes: number;
  /** Bytes of the largest plane, and of the longest row. */
  largestPlane: number;
  longestRow: number;
  /** Cells of the lattice across one output row. */
  cells: number;
  /** Whether a tile has an opacity. */
  opacity: boolean;
  /** Most tiles that meet one block of the output, 64 rows by 1024 columns, and so the most samples of one pixel. */
  depth: number;
}

export function noNeed(): DeviceNeed {
  return { tiles: 0, planes: 0, mapPlanes: 0, largestPlane: 0, longestRow: 0, cells: 0, opacity: false, depth: 0 };
}

/** Adds a tile; with -1 takes it back, for one that needs more: the largest plane and the longest row stay. */
export function addTile(need: DeviceNeed, { x0, x1, columns, rows, maps }: DeviceTile, sign: 1 | -1 = 1): void {
  const row = pad(4 * Math.max(1, columns));
  const plane = row * Math.max(1, rows);
  need.tiles += sign;
  need.planes += sign * plane;
  need.mapPlanes += sign * maps * plane;
  need.cells += sign * (Math.ceil(x1 / CELL_COLUMNS) - Math.floor(x0 / CELL_COLUMNS));
  need.largestPlane = Math.max(need.largestPlane, plane);
  need.longestRow = Math.max(need.longestRow, row);
  need.opacity ||= maps === 2;
}

/** Where any array may begin on the device. */
export function pad(bytes: number): number {
  return Math.ceil(bytes / 256) * 256;
}
