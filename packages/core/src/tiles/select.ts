import { basename } from 'node:path';
import type { OutputChannel } from '../config/output-channel.ts';
import type { FileFacts, HduFacts, TileSpec, WeightMap } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import { asinhNotes } from './asinh.ts';
import { ASSOCIATED_KEYWORDS } from './associated.ts';
import { distinct, intoChannels } from './channels.ts';
import { AXIS_KEYWORDS, FILTER_KEYWORDS } from './filter.ts';
import { OBSERVER, observerNotes } from './frames.ts';
import { ALIAS_KEYWORDS, inherited } from './inherit.ts';
import { MASK_KEYWORDS, maskOf } from './mask-bits.ts';
import { gathered, mixedKeywords, type Note } from './mixed.ts';
import { PHOTOMETRIC } from './numbers.ts';
import { placeOf } from './opacity.ts';
import { planeLike } from './plane-like.ts';
import { planeNotes } from './plane-notes.ts';
import { type Found, NO_PLANE, ownPlane, type Plane, type PlaneChoice, sidecarPlane, WEIGHTS } from './planes.ts';
import { isOurs, ROLE_KEYWORDS, type Role } from './role.ts';
import { oneOfEach } from './same-image.ts';
import { leftOnSkyNotes, sameSkyNotes, type Taken } from './same-sky.ts';
import { scienceHdus } from './science-hdu.ts';
import { companionsOf, type Surrounding, setAside } from './set-aside.ts';
import { type Skipped, skippedFor } from './skipped.ts';
import { severalStates } from './states.ts';
import type { Tile } from './tile.ts';
import { BEAM_KEYWORDS, unlike, unlikeCounts } from './unlike.ts';
import { fluxScale, NOISE, tileWeight, WEIGHT_KEYWORDS } from './weight.ts';
import { unlikeZeroPoints } from './zero-point.ts';

export interface Selection {
  tiles: Tile[];
  skipped: Skipped[];
  notes: Note[];
  /** Oddities of tiles, to be reported for those that turn out to be usable. */
  remarks: (tiles: readonly Tile[]) => Note[];
  /** Channels of the output: the planes of every tile, or the channels made from filters; 0 without tiles. */
  channels: number;
  /** Inputs that are no tiles by what they are. */
  aside: string[];
}

export interface SelectOptions {
  hdu: string;
  /** Letter of the alternate WCS to take. */
  wcs?: string | null;
  /** Per file the HDUs that were named with it, as in `a.fits[1]`; others follow `hdu`. */
  hdus?: ReadonlyMap<string, readonly string[]>;
  weights: string;
  mask: 'auto' | 'none';
  /** Sum of the bits that make a pixel of a mask bad, or all; null: as the camera has it. */
  maskBits: number | 'all' | null;
  blank: 'auto' | 'none' | number;
  trim: number;
  feather: number;
  channels: readonly OutputChannel[] | null;
  /** Whether the overlaps bring the values of tiles to one scale. */
  matchGain: boolean;
}

/** Keywords that the mosaic has where all of its tiles agree. */
export const CARRIED: readonly (readonly [key: string, comment: string])[] = [
  ['TELESCOP', 'telescope'],
  ['INSTRUME', 'instrument'],
  ['BMAJ', '[deg] major axis of the beam'],
  ['BMIN', '[deg] minor axis of the beam'],
  ['BPA', '[deg] position angle of the beam'],
  ...OBSERVER,
];

/** Those that are true of the values as the tiles have them. */
export const OF_VALUES: readonly (readonly [key: string, comment: string])[] = [
  ['GAIN', 'gain of the tiles'],
  ['SATURATE', 'saturation level of the tiles'],
  ...PHOTOMETRIC.map((key) => [key, 'photometric scale of the tiles'] as const),
];

const CARRIED_KEYWORDS = [...CARRIED, ...OF_VALUES].map(([key]) => key);

/** Keywords that decisions and the output header need from every HDU. */
export function keywordsFor(options: Pick<SelectOptions, 'weights'>): string[] {
  const fixed = ['CTYPE1', 'CTYPE2', 'FILTER', 'BUNIT', 'EXPTIME', 'DATE-OBS', 'DATE-END', 'FLXSCALE', 'OBJECT'];
  const cfa = ['BAYERPAT', 'CFAPAT', 'CFA', 'COLORTYP'];
  const told = [...FILTER_KEYWORDS, ...AXIS_KEYWORDS, ...ALIAS_KEYWORDS, ...BEAM_KEYWORDS, ...CARRIED_KEYWORDS];
  return [
    ...fixed,
    ...told,
    ...ROLE_KEYWORDS,
    ...MASK_KEYWORDS,
    ...cfa,
    ...WEIGHT_KEYWORDS,
    ...ASSOCIATED_KEYWORDS,
    ...askedFor(options),
  ];
}

/** The keyword by which tiles are to be weighed, if one was named. */
export function askedFor({ weights }: Pick<SelectOptions, 'weights'>): string[] {
  return ['auto', 'none', NOISE].includes(weights) ? [] : [weights.toUpperCase()];
}

/**
 * Decides which HDUs of which files become tiles, and why the others do not.
 * @throws AppError exit 3 when tiles differ in their number of planes, exit 2 when no tile has a channel's filter.
 */
export function selectTiles(files: readonly FileFacts[], around: Surrounding, options: SelectOptions): Selection {
  const { candidates: apart, notes, aside } = setAside(files, around, options);
  const { kept: candidates, notes: twice } = oneOfEach(apart);
  notes.push(...twice);
  const tiles: Tile[] = [];
  const skipped: Skipped[] = [];
  const taken: Taken[] = [];
  let others = 0;
  const onTop: HduFacts[] = [];
  for (const file of candidates) {
    for (const choice of options.hdus?.get(file.path) ?? [options.hdu]) {
      const science = scienceHdus(file, choice);
      if (science.problem !== null) {
        skipped.push(skippedFor(file.path, science.problem));
        continue;
      }
      others += science.others;
      onTop.push(...science.onTop);
      if (choice === 'all') taken.push({ file, chosen: science.chosen });
      for (const hdu of science.chosen) {
        const made = makeTile(file, inherited(file, hdu), around, options);
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
  notes.push(...leftOnSkyNotes(onTop));
  const { channels } = options;
  const assigned = channels === null ? { tiles, skipped: [] } : intoChannels(tiles, channels);
  const used = distinct(assigned.tiles);
  notes.push(
    ...planeNotes(used, candidates, around, options.mask === 'auto'),
    ...planeLike(used),
    ...severalStates(used),
    ...weightNotes(used, options),
    ...sameSkyNotes(taken),
    ...asinhNotes(used, around),
    ...fourPlanes(used),
    ...unlike(used),
    ...observerNotes(used),
  );
  if (options.weights === 'auto') notes.push(...unlikeCounts(used));
  notes.push(...mixedKeywords(used, channels === null ? ['FILTER', 'BUNIT', 'EXPTIME'] : ['BUNIT']));
  if (channels === null && !options.matchGain) notes.push(...unlikeZeroPoints(used));
  for (const [at, { name }] of (channels ?? []).entries()) {
    const own = assigned.tiles.filter((tile) => tile.spec.channel === at);
    notes.push(...mixedKeywords(own, ['EXPTIME'], `tiles of channel ${name}`));
    if (!options.matchGain) notes.push(...unlikeZeroPoints(own, `tiles of channel ${name}`));
  }
  return {
    tiles: assigned.tiles,
    skipped: [...skipped, ...assigned.skipped],
    notes,
    remarks: (good) => headerRemarks(distinct(good), candidates),
    channels: channels?.length ?? commonPlanes(tiles),
    aside,
  };
}

function makeTile(file: FileFacts, found: HduFacts, around: Surrounding, options: SelectOptions): Tile | Skipped {
  const rgba = around.rgba.has(placeOf(file.path, found));
  const hdu = rgba ? { ...found, planes: 3 } : found;
  // The coverage of a mosaic of ours is the sum of its tiles' weights.
  const weights: readonly Role[] = isOurs(file) ? [...WEIGHTS, 'coverage'] : WEIGHTS;
  const mapped = options.weights === 'auto' || options.weights === NOISE;
  const weight = mapped ? planeFor(file, hdu, 'weight', weights, around) : NO_PLANE;
  const alpha = rgba ? NO_PLANE : opacityOf(file, hdu, around);
  const mask = options.mask === 'auto' ? planeFor(file, hdu, 'mask', ['mask'], around) : NO_PLANE;
  const problem = weight.problem ?? alpha.problem ?? mask.problem;
  if (problem !== null) return skippedFor(file.path, { hdu: hdu.index, ...problem });
  const { weight: value, keyword } = tileWeight(hdu, options.weights, weight.plane !== null);
  const spec: TileSpec = { path: file.path, hdu: hdu.index, weight: value, fluxScale: fluxScale(hdu) };
  if (weight.plane !== null) spec.weightMap = weightMap(weight.plane);
  if (mask.plane !== null) spec.mask = maskOf(mask.plane, hdu, around.facts, options.maskBits);
  if (alpha.plane !== null) spec.alpha = { path: alpha.plane.path, hdu: alpha.plane.hdu };
  if (rgba) spec.fourthIsAlpha = true;
  if (options.blank === 'auto') spec.blankBorders = true;
  else if (options.blank !== 'none') spec.blank = options.blank;
  if (options.trim > 0) spec.trim = options.trim;
  if (options.feather > 0) spec.feather = options.feather;
  if (hdu.solutions !== undefined) spec.solutions = hdu.solutions;
  if (options.wcs) spec.alternate = options.wcs.toUpperCase();
  const ofCoverage = weight.plane?.role === 'coverage' || (isOurs(file) && weight.plane !== null);
  return { path: file.path, hdu, spec, weightKeyword: keyword, ...(ofCoverage ? { ofCoverage } : {}) };
}

function weightMap({ path, hdu, role }: Found): WeightMap {
  if (role === 'error') return { path, hdu, holds: 'sigma' };
  return role === 'variance' ? { path, hdu, holds: 'variance' } : { path, hdu };
}

/** Its opacity plane, unless that holds something else. */
function opacityOf(file: FileFacts, hdu: HduFacts, around: Surrounding): PlaneChoice {
  const found = planeFor(file, hdu, 'alpha', ['alpha'], around);
  const known = found.plane === null ? undefined : around.facts.get(found.plane.path);
  const plane = known?.hdus.find((one) => one.index === found.plane?.hdu);
  return plane !== undefined && around.notOpacity.has(placeOf(known?.path ?? '', plane)) ? NO_PLANE : found;
}

/** The tile's plane of these roles: an extension of its file, else a file beside it. */
function planeFor(
  file: FileFacts,
  hdu: HduFacts,
  plane: Plane,
  roles: readonly Role[],
  around: Surrounding,
): PlaneChoice {
  const own = ownPlane(file, hdu, plane, roles);
  if (own.plane !== null || own.problem !== null) return own;
  const companions = companionsOf(file, around);
  for (const role of roles) {
    const beside = companions.find((one) => one.role === role);
    const sidecar = beside === undefined ? undefined : around.facts.get(beside.path);
    if (beside !== undefined && sidecar !== undefined) return sidecarPlane(sidecar, file, hdu, plane, beside);
  }
  return own;
}

function weightNotes(tiles: readonly Tile[], options: SelectOptions): Note[] {
  const notes: Note[] = [];
  // The coverage of a mosaic of ours is on the scale of its tiles' weights.
  const others = tiles.filter((tile) => !tile.ofCoverage);
  const mapped = others.filter((tile) => tile.spec.weightMap !== undefined).length;
  if (mapped > 0 && mapped < others.length) {
    const rest =
      options.weights === NOISE
        ? 'the others are weighed by their noise, which fits only maps of inverse variances'
        : 'the others are weighted by their keyword, which has another scale';
    notes.push({
      level: 'warning',
      code: 'mixed_weight_maps',
      message: `${mapped} of ${others.length} tiles have a weight map; ${rest}; --weights none weights all tiles equally`,
    });
  }
  if (!['auto', 'none', NOISE].includes(options.weights)) {
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

function fourPlanes(tiles: readonly Tile[]): Note[] {
  const remark = (level: Note['level'], code: string, which: readonly Tile[], text: string): Note[] =>
    which.length === 0
      ? []
      : [{ level, code, message: `${text} (${which.length}: ${basename(which[0]?.path ?? '')})` }];
  const opacity = tiles.filter((tile) => tile.spec.fourthIsAlpha === true);
  const colours = tiles.filter((tile) => tile.hdu.planes === 4);
  return [
    ...remark('info', 'rgba', opacity, 'the last of four planes is taken for the opacity of the others'),
    ...remark('warning', 'four_planes', colours, 'four planes are taken for four colours; the last is no opacity'),
  ];
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
