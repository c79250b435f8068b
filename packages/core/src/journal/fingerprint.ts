import { realpathSync, statSync } from 'node:fs';
import { type MosaicOptions, settingsOf } from '../config/options.ts';
import type { Card } from '../device.ts';
import type { Tile } from '../tiles/select.ts';

export interface RunMark {
  version: string;
  /** The backend in use. */
  backend: string;
  options: MosaicOptions;
  /** Every opened tile, in order. */
  tiles: readonly Tile[];
  grid: object;
  /** How each tile's background is changed; null when it is not. */
  levels: object | null;
  /** Of the output, DATE left out. */
  cards: readonly Card[];
}

/** One text for everything that can change a byte of the output. */
export function fingerprint({ options, tiles, backend, ...rest }: RunMark): string {
  const fixed = settingsOf(options).filter(({ row }) => row.affects !== 'work');
  const paths = tiles.flatMap(({ spec }) => [spec.path, spec.weightMap?.path, spec.mask?.path, spec.alpha?.path]);
  const files = [...new Set([...paths, options.like])].filter((path) => typeof path === 'string');
  const parts = {
    ...rest,
    // The backend in use, not the one that was asked for; a device is not the same as another.
    backend,
    device: backend === 'cpu' ? null : options.device,
    options: Object.fromEntries(fixed.map(({ row, value }) => [row.name, value])),
    tiles: tiles.map(({ hdu, spec }) => ({ hdu, spec })),
    files: files.map(stamp),
  };
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(parts, inOrder)).digest('hex');
}

/** Keys come in no order of their own. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What tells a file from another, and from itself after a change. */
function stamp(path: string): string[] {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return [realpathSync(path), String(size), String(mtimeNs)];
}
