import { realpathSync, statSync } from 'node:fs';
import { type MosaicOptions, settingsOf } from '../config/options.ts';
import type { Card } from '../device.ts';
import type { Tile } from '../tiles/tile.ts';

export interface RunMark {
  version: string;
  /** The backend in use. */
  backend: string;
  options: MosaicOptions;
  /** Every opened tile, in order. */
  tiles: readonly Tile[];
  grid: object;
  /** How each tile's background is corrected; null when it is not. */
  levels: object | null;
  /** Of the output, without DATE. */
  cards: readonly Card[];
}

/** A hash of everything that can change a byte of the output. */
export function fingerprint({ options, tiles, backend, ...rest }: RunMark): string {
  const fixed = settingsOf(options).filter(({ row }) => row.affects !== 'work');
  const paths = tiles.flatMap(({ spec }) => [
    ...[spec.path, spec.weightMap?.path, spec.mask?.path, spec.alpha?.path],
    ...(spec.solutions ?? []).map(({ path }) => path),
  ]);
  const files = [...new Set([...paths, options.like])].filter((path) => typeof path === 'string');
  const parts = {
    ...rest,
    // The backend in use, not the requested one. Devices may differ, so their number counts too.
    backend,
    device: backend === 'cpu' ? null : options.device,
    options: Object.fromEntries(fixed.map(({ row, value }) => [row.name, value])),
    tiles: tiles.map(({ hdu, spec }) => ({ hdu, spec })),
    files: files.map(stamp),
  };
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(parts, inOrder)).digest('hex');
}

/** Sorts the keys of objects, because their order has no meaning. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Identifies a file and its state: path, size and time of the last change. */
function stamp(path: string): string[] {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return [realpathSync(path), String(size), String(mtimeNs)];
}
