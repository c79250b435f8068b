import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { type MosaicOptions, settingsOf } from '../config/options.ts';
import type { Card, FileState } from '../device.ts';
import type { Tile } from '../tiles/tile.ts';

export interface RunMark {
  version: string;
  /** The backend in use. */
  backend: string;
  options: MosaicOptions;
  /** Every opened tile, in order. */
  tiles: readonly Tile[];
  grid: object;
  shape: Shape;
  /** How each tile's background is corrected; null when it is not. */
  levels: object | null;
  /** Of the output, without DATE. */
  cards: readonly Card[];
}

/** How much there is to make, and of what. */
export interface Shape {
  width: number;
  height: number;
  channels: number;
  /** Opened tiles, each plane or HDU that is one. */
  tiles: number;
}

/** A file that is read: real path, size, time of writing, and a digest of its contents unless that is unknown. */
export type FileMark = [path: string, bytes: number, modified: string, digest: number | null];

/** Everything that can change a byte of the output. */
export interface Mark extends WorkMark {
  files: FileMark[];
  shape: Shape;
  /** A hash of what follows from all that: what headers say, the grid, the levels, the cards. */
  rest: string;
}

/** The part of it that the user chooses. */
export interface WorkMark {
  version: string;
  /** The backend in use, not the requested one. Devices may differ, so their number counts too. */
  backend: string;
  device: number | null;
  /** By name, all but those of `work`. */
  options: { [name: string]: unknown };
}

export function workMark({ version, backend, options }: Pick<RunMark, 'version' | 'backend' | 'options'>): WorkMark {
  const fixed = settingsOf(options).filter(({ row }) => row.affects !== 'work');
  return {
    version,
    backend,
    device: backend === 'cpu' ? null : options.device,
    options: Object.fromEntries(fixed.map(({ row, value }) => [row.name, value])),
  };
}

/** The files that a run reads. */
export function filesOf(tiles: readonly Tile[], { like }: MosaicOptions): string[] {
  const paths = tiles.flatMap(({ spec }) => [
    ...[spec.path, spec.weightMap?.path, spec.mask?.path, spec.alpha?.path],
    ...(spec.solutions ?? []).map(({ path }) => path),
  ]);
  return [...new Set([...paths, like])].filter((path) => typeof path === 'string');
}

/** `states`: of the files, in the order of `filesOf`, as they were when the run first opened them. */
export function markOf(run: RunMark, states: readonly (FileState | null)[]): Mark {
  const { tiles, grid, levels, cards, options } = run;
  const parts = { grid, levels, cards, tiles: tiles.map(({ hdu, spec }) => ({ hdu, spec })) };
  const files = filesOf(tiles, options).map((path, at): FileMark => {
    const state = states[at] ?? null;
    return [realOf(path), state?.bytes ?? 0, state?.modified ?? '', state?.digest ?? null];
  });
  const rest = new Bun.CryptoHasher('sha256').update(JSON.stringify(parts, inOrder)).digest('hex');
  return { ...workMark(run), files, shape: run.shape, rest };
}

/** Why nothing can be kept of what was made from `earlier`; null when all of it can. */
export function otherWork(earlier: Mark, now: Mark): string | null {
  const before = new Map(earlier.files.map((file) => [file[0], file]));
  for (const file of now.files) {
    const known = before.get(file[0]);
    if (known === undefined) return `it was written without ${basename(file[0])}`;
    if (!sameFile(known, file)) return `${basename(file[0])} has changed since`;
    before.delete(file[0]);
  }
  for (const [path] of before) return `it was written with ${basename(path)} as well`;
  const same = earlier.rest === now.rest && text(earlier.shape) === text(now.shape);
  return same ? null : 'what headers say, the grid or the levels are others now';
}

const text = (value: unknown) => JSON.stringify(value, inOrder);

function sameFile(earlier: FileMark, now: FileMark): boolean {
  return JSON.stringify(earlier) === JSON.stringify(now) && now[3] !== null;
}

/** Sorts the keys of objects, because their order has no meaning. */
export function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Gone since it was opened: its rows are told of as damaged.
    return path;
  }
}
