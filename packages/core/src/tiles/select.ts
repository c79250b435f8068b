import { basename } from 'node:path';
import type { OutputChannel } from '../config/output-channel.ts';
import type { FileFacts, HduFacts, TileSpec } from '../device.ts';
import { AppError, Exit, lineOf } from '../error.ts';
import type { Sidecars } from '../inputs/sidecar.ts';
import { distinct, intoChannels } from './channels.ts';
import { gathered, mixedKeywords, type Note } from './mixed.ts';
import { ownPlane, type PlaneChoice, sidecarPlane } from './planes.ts';
import { roleOf } from './role.ts';
import { scienceHdus } from './science-hdu.ts';
import { type Skipped, skippedFor } from './skipped.ts';
import { fluxScale, tileWeight, WEIGHT_KEYWORDS } from './weight.ts';

/** An HDU that goes into the mosaic, and its description for the engine. */
export interface Tile {
  path: string;
  hdu: HduFacts;
  spec: TileSpec;
  weightKeyword: string | null;
}

export interface Selection {
  tiles: Tile[];
  skipped: Skipped[];
  notes: Note[];
  /** Oddities of tiles, to be reported for those that turn out to be usable. */
  remarks: (tiles: readonly Tile[]) => Note[];
  /** Channels of the output: the planes of every tile, or the channels made from filters; 0 without tiles. */
  channels: number;
}

export interface SelectOptions {
  hdu: string;
  /** Letter of the alternate WCS to take. */
  wcs?: string | null;
  /** Per file the HDUs that were named with it, as in `a.fits[1]`; others follow `hdu`. */
  hdus?: ReadonlyMap<string, readonly string[]>;
  weights: string;
  blank: number | null;
  feather: number;
  channels: readonly OutputChannel[] | null;
}

/** Keywords that decisions and the output header need from every HDU. */
export function keywordsFor(options: Pick<SelectOptions, 'weights'>): string[] {
  const fixed = ['FILTER', 'BUNIT', 'EXPTIME', 'DATE-OBS', 'DATE-END', 'FLXSCALE', 'OBJECT', 'EXTVER'];
  const cfa = ['BAYERPAT', 'CFAPAT', 'CFA', 'COLORTYP'];
  const own = options.weights === 'auto' || options.weights === 'none' ? [] : [options.weights.toUpperCase()];
  return [...fixed, ...cfa, ...WEIGHT_KEYWORDS, ...own];
}

/**
 * Decides which HDUs of which files become tiles, and why the others do not.
 * @throws AppError exit 3 when tiles differ in their number of planes, exit 2 when no tile has a channel's filter.
 */
export function selectTiles(
  files: readonly FileFacts[],
  sidecars: Sidecars,
  facts: ReadonlyMap<string, FileFacts>,
  options: SelectOptions,
): Selection {
  const { candidates, notes } = setAside(files, sidecars);
  const tiles: Tile[] = [];
  const skipped: Skipped[] = [];
  let others = 0;
  for (const file of candidates) {
    for (const choice of options.hdus?.get(file.path) ?? [options.hdu]) {
      const science = scienceHdus(file, choice);
      if (science.problem !== null) {
        skipped.push(skippedFor(file.path, science.problem));
        continue;
      }
      others += science.others;
      for (const hdu of science.chosen) {
        const made = makeTile(file, hdu, sidecars, facts, options);
        if ('reason' in made) skipped.push(made);
        else tiles.push(made);
      }
    }
  }
  if (others > 0) {
    notes.push({
      level: 'warning',
      code: 'other_hdus',
      message: `${others} more image ${others === 1 ? 'HDU has' : 'HDUs have'} sky coordinates and ${others === 1 ? 'is' : 'are'} left out; use --hdu all to take them`,
    });
  }
  const { channels } = options;
  const assigned = channels === null ? { tiles, skipped: [] } : intoChannels(tiles, channels);
  const used = distinct(assigned.tiles);
  notes.push(...weightNotes(used, options));
  notes.push(...mixedKeywords(used, channels === null ? ['FILTER', 'BUNIT', 'EXPTIME'] : ['BUNIT']));
  for (const [at, { name }] of (channels ?? []).entries()) {
    const own = assigned.tiles.filter((tile) => tile.spec.channel === at);
    notes.push(...mixedKeywords(own, ['EXPTIME'], `tiles of channel ${name}`));
  }
  return {
    tiles: assigned.tiles,
    skipped: [...skipped, ...assigned.skipped],
    notes,
    remarks: (good) => headerRemarks(distinct(good), candidates),
    channels: channels?.length ?? commonPlanes(tiles),
  };
}

/** Removes files that are planes of other inputs, and mosaics made by this program. */
function setAside(files: readonly FileFacts[], sidecars: Sidecars): { candidates: FileFacts[]; notes: Note[] } {
  const maps = new Set(sidecars.weight.values());
  const alphas = new Set(sidecars.alpha.values());
  const notes: Note[] = [];
  const candidates: FileFacts[] = [];
  const planes: string[] = [];
  for (const file of files) {
    if (maps.has(file.path) || alphas.has(file.path)) planes.push(file.path);
    else if (file.hdus.some((hdu) => roleOf(hdu) === 'coverage')) {
      const { path } = file;
      const reason = 'has a COVERAGE extension: it is a mosaic, not a tile, and is left out';
      notes.push({ level: 'warning', code: 'own_output', message: lineOf({ path, reason }), path, reason });
    } else candidates.push(file);
  }
  if (planes.length > 0) {
    const first = basename(planes[0] ?? '');
    const more = planes.length > 1 ? ` and ${planes.length - 1} more` : '';
    notes.push({
      level: 'info',
      code: 'sidecar_inputs',
      message: `${first}${more}: weight maps or opacity planes of other inputs, not tiles`,
    });
  }
  return { candidates, notes };
}

function makeTile(
  file: FileFacts,
  hdu: HduFacts,
  sidecars: Sidecars,
  facts: ReadonlyMap<string, FileFacts>,
  options: SelectOptions,
): Tile | Skipped {
  const none: PlaneChoice = { plane: null, problem: null };
  const weight =
    options.weights === 'auto' ? planeFor(file, hdu, 'weight', sidecars.weight.get(file.path), facts) : none;
  const alpha = planeFor(file, hdu, 'alpha', sidecars.alpha.get(file.path), facts);
  const problem = weight.problem ?? alpha.problem;
  if (problem !== null) return skippedFor(file.path, { hdu: hdu.index, ...problem });
  const { weight: value, keyword } = tileWeight(hdu, options.weights, weight.plane !== null);
  const spec: TileSpec = { path: file.path, hdu: hdu.index, weight: value, fluxScale: fluxScale(hdu) };
  if (weight.plane !== null) spec.weightMap = weight.plane;
  if (alpha.plane !== null) spec.alpha = alpha.plane;
  if (options.blank !== null) spec.blank = options.blank;
  if (options.feather > 0) spec.feather = options.feather;
  if (options.wcs) spec.alternate = options.wcs.toUpperCase();
  return { path: file.path, hdu, spec, weightKeyword: keyword };
}

function planeFor(
  file: FileFacts,
  hdu: HduFacts,
  role: 'weight' | 'alpha',
  beside: string | undefined,
  facts: ReadonlyMap<string, FileFacts>,
): PlaneChoice {
  const own = ownPlane(file, hdu, role);
  if (own.plane !== null || own.problem !== null || beside === undefined) return own;
  const sidecar = facts.get(beside);
  return sidecar === undefined ? own : sidecarPlane(sidecar, hdu, role);
}

function weightNotes(tiles: readonly Tile[], options: SelectOptions): Note[] {
  const notes: Note[] = [];
  const mapped = tiles.filter((tile) => tile.spec.weightMap !== undefined).length;
  if (mapped > 0 && mapped < tiles.length) {
    notes.push({
      level: 'warning',
      code: 'mixed_weight_maps',
      message: `${mapped} of ${tiles.length} tiles have a weight map; the others are weighted by their keyword, which has another scale; --weights none weights all tiles equally`,
    });
  }
  if (options.weights !== 'auto' && options.weights !== 'none') {
    const without = tiles.filter((tile) => tile.weightKeyword === null);
    if (without.length > 0) {
      notes.push({
        level: 'warning',
        code: 'no_weight_keyword',
        message: `${without.length} of ${tiles.length} tiles have no positive ${options.weights.toUpperCase()} and get weight 1 (${basename(without[0]?.path ?? '')})`,
      });
    }
  }
  return notes;
}

function headerRemarks(tiles: readonly Tile[], files: readonly FileFacts[]): Note[] {
  const used = new Set(tiles.map((tile) => tile.path));
  const ofFiles = files
    .filter((file) => used.has(file.path))
    .flatMap((file) => file.warnings.map((text) => ({ path: file.path, text })));
  const ofTiles = tiles.flatMap((tile) => (tile.hdu.wcs?.warnings ?? []).map((text) => ({ path: tile.path, text })));
  return gathered([...ofFiles, ...ofTiles], 'header');
}

function commonPlanes(tiles: readonly Tile[]): number {
  const first = tiles[0];
  if (first === undefined) return 0;
  const planes = first.hdu.planes ?? 1;
  const other = tiles.find((tile) => (tile.hdu.planes ?? 1) !== planes);
  if (other === undefined) return planes;
  throw new AppError(
    Exit.input,
    'mixed_planes',
    `${first.path} has ${count(planes)} and ${other.path} ${count(other.hdu.planes ?? 1)}; mosaic mono and colour tiles separately`,
  );
}

function count(planes: number): string {
  return planes === 1 ? '1 plane (mono)' : `${planes} planes (colour)`;
}
