import type { OutputChannel } from '../config/output-channel.ts';
import { AppError, Exit } from '../error.ts';
import type { Skipped } from './skipped.ts';
import type { Tile } from './tile.ts';

export interface Assigned {
  /** Each with its channel; a tile whose filter serves several channels appears once for each. */
  tiles: Tile[];
  skipped: Skipped[];
}

/**
 * Assigns mono tiles to the channels of their filters.
 * @throws AppError exit 2 when no tile has the filter of a channel; the message names the filters found.
 */
export function intoChannels(tiles: readonly Tile[], channels: readonly OutputChannel[]): Assigned {
  const assigned: Assigned = { tiles: [], skipped: [] };
  const found = new Map<string, { shown: string; tiles: number }>();
  for (const tile of tiles) {
    const planes = tile.hdu.planes ?? 1;
    if (planes !== 1) {
      const reason = `has ${planes} planes; --channels takes mono tiles`;
      assigned.skipped.push({ path: tile.path, code: 'not_mono', reason });
      continue;
    }
    const filter = filterOf(tile);
    const key = filter?.toLowerCase() ?? '';
    const entry = found.get(key) ?? { shown: filter ?? 'none', tiles: 0 };
    found.set(key, { ...entry, tiles: entry.tiles + 1 });
    const wanted = channels.flatMap((channel, at) => (filter !== null && same(channel.filter, filter) ? [at] : []));
    for (const channel of wanted) assigned.tiles.push({ ...tile, spec: { ...tile.spec, channel } });
    if (wanted.length > 0) continue;
    const filters = channels.map((one) => one.filter).join(', ');
    const reason = filter === null ? `has no FILTER; needed: ${filters}` : `FILTER ${filter} is not one of ${filters}`;
    assigned.skipped.push({ path: tile.path, code: 'other_filter', reason });
  }
  const missing = channels.find((_, at) => !assigned.tiles.some((tile) => tile.spec.channel === at));
  if (missing !== undefined && tiles.length > 0) {
    const list = [...found.values()].map((one) => `${one.shown} (${one.tiles})`).join(', ') || 'none';
    throw new AppError(
      Exit.usage,
      'no_such_filter',
      `--channels ${missing.name}=${missing.filter}: no mono tile has that FILTER; found: ${list}`,
    );
  }
  return assigned;
}

/** The tiles without repeats: each counts once, however many channels it serves. */
export function distinct(tiles: readonly Tile[]): Tile[] {
  const seen = new Map(tiles.map((tile) => [`${tile.hdu.index} ${tile.path}`, tile]));
  return [...seen.values()];
}

function filterOf(tile: Tile): string | null {
  const value = tile.hdu.keywords.FILTER;
  const text = value === undefined ? '' : String(value).trim();
  return text === '' ? null : text;
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.toLowerCase();
}
