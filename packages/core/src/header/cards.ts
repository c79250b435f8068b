import { basename } from 'node:path';
import { type MosaicOptions, setByLike, settingsOf } from '../config/options.ts';
import { formatDate, parseDate } from '../date.ts';
import type { Card } from '../device.ts';
import type { BackgroundReport, TileChange } from '../report/report.ts';
import { distinct } from '../tiles/channels.ts';
import { CARRIED, OF_VALUES } from '../tiles/select.ts';
import type { Tile } from '../tiles/tile.ts';
import { sameUnit } from '../tiles/unit.ts';
import { BEAM_KEYWORDS } from '../tiles/unlike.ts';

export interface CardOptions {
  version: string;
  options: MosaicOptions;
  /** Value of DATE; null leaves the card out. */
  date: string | null;
  /** How the levels of the tiles were matched; null when they were not. */
  background: BackgroundReport | null;
  /** Values of the borders that are no data, by tile. */
  borders?: ReadonlyMap<Tile, string>;
}

/**
 * Cards that the mosaic gets from its tiles. The cards of the WCS, of COVERAGE and of checksums are written by the
 * engine.
 */
export function outputCards(
  all: readonly Tile[],
  { version, options, date, background, borders }: CardOptions,
): Card[] {
  const tiles = distinct(all);
  const cards: Card[] = [];
  for (const [key, comment] of [
    ['BUNIT', 'unit of the pixel values'],
    ['OBJECT', 'object observed'],
    ['FILTER', 'photometric filter'],
  ] as const) {
    const value = agreed(tiles, key);
    if (typeof value === 'string') cards.push({ key, value, comment });
  }
  for (const [key, comment] of [...CARRIED, ...(sameValues(tiles, options) ? OF_VALUES : [])]) {
    const value = BEAM_KEYWORDS.includes(key) && !sameBeam(tiles) ? null : agreed(tiles, key);
    if (value !== null) cards.push({ key, value, comment });
  }
  for (const [at, { name, filter }] of (options.channels ?? []).entries()) {
    cards.push({ key: `CHANNEL${at + 1}`, value: name, comment: `plane ${at + 1}` });
    cards.push({ key: `FILTER${at + 1}`, value: ascii(filter), comment: `photometric filter of plane ${at + 1}` });
  }
  cards.push(...dateCards(tiles), ...exposureCards(tiles, options.combine === 'sum'));
  cards.push({ key: 'NCOMBINE', value: tiles.length, integer: true, comment: 'tiles combined' });
  cards.push({ key: 'CREATOR', value: `zemosaic ${version}`, comment: 'program that made this file' });
  if (date !== null) cards.push({ key: 'DATE', value: date, comment: 'when this file was made (UTC)' });
  for (const line of wrap(`zemosaic ${version} ${pixelOptions(options)}`)) cards.push({ key: 'HISTORY', value: line });
  const changes = changesOf(background);
  for (const tile of all) {
    for (const line of wrap(`${tileLine(tile, options, borders?.get(tile))}${told(changes.get(keyOf(tile)) ?? [])}`))
      cards.push({ key: 'HISTORY', value: line });
  }
  return cards;
}

/** Only the options that can change a pixel, so that runs that differ in others write the same bytes. */
export function pixelOptions(options: MosaicOptions): string {
  const told = settingsOf(options).flatMap(({ row, value }) => {
    if (row.affects !== 'pixels' || (options.like !== null && setByLike(row))) return [];
    // An option that is off by default need not be listed as off.
    if (value === row.default && !value) return [];
    return value === true ? [row.name] : [`${row.name}=${row.kind.show(value)}`];
  });
  return told.join(' ');
}

function tileLine(tile: Tile, { channels }: MosaicOptions, border: string | undefined): string {
  const hdu = tile.hdu.index === 0 ? '' : `[${tile.hdu.index}]`;
  const weight = tile.spec.weight === 1 ? '' : ` weight=${tile.spec.weight}`;
  const noise = tile.spec.noise === undefined ? '' : ` noise=${Number(tile.spec.noise.toPrecision(6))}`;
  const map = tile.spec.weightMap === undefined ? '' : ' weight map';
  const flux = tile.area === undefined || tile.area === 1 ? '' : ` flux=${Number(tile.area.toPrecision(7))}`;
  const mask = tile.spec.mask === undefined ? '' : ' mask';
  const solutions = (tile.spec.solutions ?? []).map(({ path }) => ` solution=${basename(path)}`).join('');
  const blank = border === undefined ? '' : ` blank=${border}`;
  const channel = channels?.[tile.spec.channel ?? -1];
  return `tile ${basename(tile.path)}${hdu}${channel === undefined ? '' : ` channel=${channel.name}`}${weight}${noise}${map}${mask}${flux}${solutions}${blank}`;
}

/** What background matching did to each tile, channel by channel. */
function changesOf(background: BackgroundReport | null): Map<string, TileChange[]> {
  const changes = new Map<string, TileChange[]>();
  for (const change of (background?.channels ?? []).flatMap(({ tiles }) => tiles)) {
    const { path, hdu, channel } = change;
    const key = keyOf({ path, hdu: { index: hdu }, spec: { channel: channel ?? undefined } });
    const known = changes.get(key);
    if (known === undefined) changes.set(key, [change]);
    else known.push(change);
  }
  return changes;
}

function keyOf({
  path,
  hdu,
  spec,
}: {
  path: string;
  hdu: { index: number };
  spec: { channel?: number | undefined };
}): string {
  return `${hdu.index} ${spec.channel ?? ''} ${path}`;
}

/** ` gain=G offset=O slope=X,Y`, one value per channel; offset at and slope from the centre of the grid. */
function told(changes: readonly TileChange[]): string {
  const values = (name: string, value: (change: TileChange) => number[], none: number) => {
    const all = changes.map(value);
    if (all.every((one) => one.every((n) => n === none))) return '';
    return ` ${name}=${all.map((one) => one.map((n) => n.toPrecision(7)).join(',')).join(' ')}`;
  };
  return [
    values('gain', ({ gain }) => [gain], 1),
    values('offset', ({ offset }) => [offset], 0),
    values('slope', ({ slope_x, slope_y }) => [slope_x, slope_y], 0),
  ].join('');
}

/** The value that all tiles have; null where one lacks it or has another. */
function agreed(tiles: readonly Tile[], key: string): string | number | null {
  const first = tiles[0]?.hdu.keywords[key];
  if (typeof first === 'boolean' || first === undefined || String(first).trim() === '') return null;
  const plain = (value: unknown) => (key === 'BUNIT' ? sameUnit(String(value ?? '')) : String(value ?? '').trim());
  const same = tiles.every((tile) => plain(tile.hdu.keywords[key]) === plain(first));
  if (!same) return null;
  return typeof first === 'number' ? first : ascii(first.trim());
}

/** Whether all that any tile says of its beam is said alike by all: an axis or an angle alone is no beam. */
function sameBeam(tiles: readonly Tile[]): boolean {
  const said = BEAM_KEYWORDS.filter((key) => tiles.some(({ hdu }) => hdu.keywords[key] !== undefined));
  return said.includes('BMAJ') && said.includes('BMIN') && said.every((key) => agreed(tiles, key) !== null);
}

/** Whether the values of the mosaic are on the scale of each tile's. */
function sameValues(tiles: readonly Tile[], { combine, matchGain }: MosaicOptions): boolean {
  return combine !== 'sum' && !matchGain && tiles.every((tile) => tile.spec.fluxScale === 1);
}

/** DATE-OBS is the earliest start; DATE-END the latest end, if every tile has one. */
function dateCards(tiles: readonly Tile[]): Card[] {
  const starts = tiles.map((tile) => parseDate(tile.hdu.keywords['DATE-OBS']));
  const known = starts.filter((start) => start !== null);
  if (known.length === 0) return [];
  const cards: Card[] = [];
  const begin = formatDate(known.reduce((a, b) => Math.min(a, b)));
  if (begin !== null) cards.push({ key: 'DATE-OBS', value: begin, comment: 'earliest start of a tile' });
  const ends = tiles.map((tile, at) => {
    const end = parseDate(tile.hdu.keywords['DATE-END']);
    const start = starts[at] ?? null;
    const seconds = tile.hdu.keywords.EXPTIME;
    return end ?? (start !== null && typeof seconds === 'number' ? start + seconds * 1000 : start);
  });
  if (ends.every((end) => end !== null)) {
    const end = formatDate(ends.reduce((a, b) => Math.max(a, b)));
    if (end !== null) cards.push({ key: 'DATE-END', value: end, comment: 'latest end of a tile' });
  }
  return cards;
}

/** `adds`: the values of overlapping tiles are summed, and so are their exposure times. */
function exposureCards(tiles: readonly Tile[], adds: boolean): Card[] {
  let total = 0;
  let weighted = 0;
  let weights = 0;
  for (const { hdu, spec } of tiles) {
    const seconds = hdu.keywords.EXPTIME;
    if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return [];
    total += seconds;
    weighted += seconds * spec.weight;
    weights += spec.weight;
  }
  if (!(weights > 0) || !Number.isFinite(weighted)) return [];
  return [
    adds
      ? { key: 'EXPTIME', value: total, comment: '[s] sum over the tiles' }
      : { key: 'EXPTIME', value: weighted / weights, comment: '[s] weighted mean of the tiles' },
    { key: 'TEXPTIME', value: total, comment: '[s] sum over the tiles' },
  ];
}

/** HISTORY text in pieces of 70 characters, so that each fits a FITS card. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of ascii(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 70) {
      lines.push(line);
      line = ` ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
    while (line.length > 70) {
      lines.push(line.slice(0, 70));
      line = ` ${line.slice(70)}`;
    }
  }
  if (line.trim() !== '') lines.push(line);
  return lines;
}

function ascii(text: string): string {
  const letters = text.normalize('NFKD').replace(/\p{M}/gu, '');
  return letters.replace(/[^\x20-\x7e]/gu, '?');
}
