import { AppError, Exit, lineOf } from '../error.ts';
import type { RunEvent } from '../event.ts';
import type { Prepared } from '../plan/prepare.ts';
import type { ChannelReport } from '../report/report.ts';
import { distinct } from '../tiles/channels.ts';
import type { Tile } from '../tiles/tile.ts';

/**
 * Tiles whose headers are good may have no row that can be read.
 * @throws AppError exit 3 when that is so of all tiles.
 */
export function refuseNothingRead(
  made: Prepared,
  channels: readonly ChannelReport[],
  damaged: Map<string, string>,
): void {
  if (coverage(made, channels) > 0 || !made.tiles.every(({ path }) => damaged.has(path))) return;
  const [first] = damaged;
  const line = first === undefined ? '' : lineOf({ path: first[0], reason: first[1] });
  const said = damaged.size === 1 ? line : `none of the ${damaged.size} tiles can be read; the first, ${line}`;
  throw new AppError(Exit.input, 'nothing_read', said);
}

/** Tiles that were read and show no sky, one warning each: they have not added a pixel, or one value among tiles that vary. */
export function tilesWithoutSky(
  made: Prepared,
  channels: readonly ChannelReport[],
  damaged: Map<string, string>,
): RunEvent[] {
  // Then one line says so of all.
  if (coverage(made, channels) === 0) return [];
  const shown = (which: boolean[]) => distinct(made.opened.filter((_, at) => which[at] === true));
  const whole = ({ path }: Tile) => !damaged.has(path);
  const empty = shown(made.device.empty());
  const constant = shown(made.device.constant());
  const vary = empty.length + constant.length < made.tiles.length;
  return [...empty.filter(whole).map(emptyTile), ...(vary ? constant.filter(whole).map(constantTile) : [])];
}

function emptyTile({ path, spec }: Tile): RunEvent {
  const planes = [
    ...(spec.weightMap === undefined ? [] : ['weight map']),
    ...(spec.mask === undefined ? [] : ['mask']),
    ...(spec.alpha === undefined && spec.fourthIsAlpha !== true ? [] : ['opacity']),
  ];
  const why = planes.length === 0 ? 'none of its pixels has a value' : `its ${planes.join(' and ')} leaves no pixel`;
  const map = spec.weightMap !== undefined && spec.mask === undefined ? spec.weightMap.path : undefined;
  const beside = map === undefined || map === path ? {} : { map };
  const reason = `adds nothing: on this grid ${why}; \`zemosaic inspect\` counts what it holds`;
  return { event: 'warning', code: 'tile_empty', message: lineOf({ path, reason, ...beside }), path, reason };
}

function constantTile({ path }: Tile): RunEvent {
  const reason = 'all its pixels on this grid have one value, as a blank frame has; --exclude leaves it out';
  return { event: 'warning', code: 'tile_constant', message: lineOf({ path, reason }), path, reason };
}

/** The covered part of the grid, of the channel that has most. */
export function coverage(made: Prepared, channels: readonly ChannelReport[]): number {
  const pixels = made.grid.width * made.grid.height;
  return channels.reduce((most, channel) => Math.max(most, channel.covered), 0) / Math.max(1, pixels);
}
