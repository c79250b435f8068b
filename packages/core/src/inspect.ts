import type { Engine, FileFacts, HduFacts, PixelCounts, Problem, Unpacked } from './device.ts';
import { asAppError, asProblem, Exit, lineOf } from './error.ts';
import type { Emit } from './event.ts';
import { type Companion, findCompanions } from './inputs/companions.ts';
import { expandInputs } from './inputs/expand.ts';
import { findSolutions, partSolutions } from './inputs/solutions.ts';
import { associated, joined } from './tiles/associated.ts';
import { inherited } from './tiles/inherit.ts';
import { readNumbers } from './tiles/numbers.ts';
import { WEIGHTS } from './tiles/planes.ts';
import { isImage, type Role, roleIn, rolesOf } from './tiles/role.ts';

import { problemOf } from './tiles/science-hdu.ts';
import { keywordsFor } from './tiles/select.ts';
import { companionsOf, type Surrounding } from './tiles/set-aside.ts';
import { fluxScale, tileWeight } from './tiles/weight.ts';

/** One line of the table: an image HDU, or a file that has none. */
export interface Inspected {
  path: string;
  hdu: number | null;
  name: string | null;
  role: Role | 'file';
  /** The tile whose plane this file is. */
  belongs_to: string | null;
  bitpix: number | null;
  planes: number | null;
  width: number | null;
  height: number | null;
  projection: string | null;
  frame: string | null;
  distortion: string | null;
  scale_arcsec: number | null;
  center: number[] | null;
  rotation_deg: number | null;
  mirrored: boolean | null;
  nan: number | null;
  min: number | null;
  max: number | null;
  alpha: boolean;
  weight: number;
  weight_keyword: string | null;
  weight_map: string | null;
  flux_scale: number;
  /** The file beside it that gives its WCS, or keywords. */
  solution: string | null;
  problem: { code: string; message: string } | null;
  warnings: string[];
}

/**
 * What the inputs are: every image HDU, with the pixels counted.
 * @throws AppError exit 3 for a named path that does not exist.
 */
export async function inspect(engine: Engine, words: readonly string[], emit: Emit): Promise<Inspected[]> {
  const inputs = expandInputs(words);
  for (const path of inputs.duplicates) {
    const reason = 'named more than once';
    emit({ event: 'warning', code: 'duplicate', message: lineOf({ path, reason }), path, reason });
  }
  const paths = partSolutions(inputs.files).kept.map((file) => file.path);
  const unpacked = engine.unpacked();
  try {
    const files = await engine.readFacts(paths, keywordsFor({ weights: 'auto' }), unpacked, {
      beside: findSolutions(paths, 'auto'),
    });
    for (const file of files) readNumbers(file);
    const companions = joined(associated(files), findCompanions(paths));
    const facts = new Map(files.map((file) => [file.path, file]));
    const around: Surrounding = {
      companions,
      facts,
      named: new Set(),
      history: new Map(),
      notOpacity: new Set(),
      rgba: new Set(),
    };
    const owners = new Map<string, Owner>();
    for (const file of files) {
      for (const companion of companionsOf(file, around)) {
        owners.set(companion.path, { path: file.path, role: companion.role });
      }
    }
    const rows = await Promise.all(
      files.map((file) => {
        const beside = companions.get(file.path) ?? [];
        return rowsOf(engine, file, { beside, owner: owners.get(file.path), unpacked });
      }),
    );
    return rows.flat();
  } catch (error) {
    throw asAppError(error, Exit.input);
  } finally {
    unpacked.clear();
  }
}

/** The image whose plane a file is, and what it holds. */
interface Owner {
  path: string;
  role: Role;
}

async function rowsOf(
  engine: Engine,
  file: FileFacts,
  { beside, owner, unpacked }: { beside: readonly Companion[]; owner: Owner | undefined; unpacked: Unpacked },
): Promise<Inspected[]> {
  const images = file.hdus.filter(isImage);
  if (file.problem !== undefined || images.length === 0) return [noImage(file)];
  const held = (role: Role) => beside.find((one) => one.role === role)?.path ?? null;
  const alpha = rolesOf(file).includes('alpha') || held('alpha') !== null;
  const weights = WEIGHTS.flatMap((role) => images.filter((hdu) => roleIn(file, hdu) === role));
  const sidecar = WEIGHTS.map(held).find((path) => path !== null) ?? null;
  const map = weights[0] === undefined ? sidecar : `HDU ${weights[0].index}`;
  return await Promise.all(
    images.map(async (hdu) => {
      const counts = await count(engine, file.path, hdu, unpacked);
      const row = imageRow(file, hdu, counts, alpha, map);
      return owner === undefined ? row : planeOf(row, owner);
    }),
  );
}

type Counted = { counts: PixelCounts | null; problem: Problem | null };

async function count(engine: Engine, path: string, hdu: HduFacts, unpacked: Unpacked): Promise<Counted> {
  if (hdu.shapeProblem !== undefined) return { counts: null, problem: null };
  try {
    return { counts: await engine.countPixels(path, hdu.index, unpacked), problem: null };
  } catch (error) {
    return { counts: null, problem: asProblem(error) };
  }
}

function imageRow(
  file: FileFacts,
  hdu: HduFacts,
  { counts, problem }: Counted,
  alpha: boolean,
  map: string | null,
): Inspected {
  const role = roleIn(file, hdu);
  const science = role === 'science';
  const { weight, keyword } = tileWeight(inherited(file, hdu), 'auto', science && map !== null);
  const empty = counts === null || counts.finite === 0;
  return {
    path: file.path,
    hdu: hdu.index,
    name: hdu.name ?? null,
    role,
    belongs_to: null,
    bitpix: hdu.bitpix,
    planes: hdu.planes ?? null,
    width: hdu.width ?? null,
    height: hdu.height ?? null,
    projection: hdu.wcs?.projection ?? null,
    frame: hdu.wcs?.frame ?? null,
    distortion: hdu.wcs?.distortion ?? null,
    scale_arcsec: hdu.wcs?.scaleArcsec ?? null,
    center: hdu.wcs === undefined ? null : [...hdu.wcs.center],
    rotation_deg: hdu.wcs?.rotationDeg ?? null,
    mirrored: hdu.wcs?.mirrored ?? null,
    nan: counts?.nan ?? null,
    min: empty ? null : counts.min,
    max: empty ? null : counts.max,
    alpha: science && alpha,
    weight,
    weight_keyword: keyword,
    weight_map: science ? map : null,
    flux_scale: fluxScale(hdu),
    solution: hdu.solutions?.at(-1)?.path ?? null,
    problem: said(problem ?? (science ? problemOf(hdu) : null)),
    warnings: [...file.warnings, ...(hdu.wcs?.warnings ?? [])],
  };
}

/** A file that is a plane of another input. */
function planeOf(row: Inspected, { path, role }: Owner): Inspected {
  return { ...row, role, belongs_to: path, weight_map: null, alpha: false, problem: null };
}

/** The row tells file and HDU. */
function said(problem: Problem | null): Inspected['problem'] {
  return problem === null ? null : { code: problem.code, message: problem.reason };
}

function noImage(file: FileFacts): Inspected {
  return {
    path: file.path,
    hdu: null,
    name: null,
    role: 'file',
    belongs_to: null,
    bitpix: null,
    planes: null,
    width: null,
    height: null,
    projection: null,
    frame: null,
    distortion: null,
    scale_arcsec: null,
    center: null,
    rotation_deg: null,
    mirrored: null,
    nan: null,
    min: null,
    max: null,
    alpha: false,
    weight: 1,
    weight_keyword: null,
    weight_map: null,
    flux_scale: 1,
    solution: null,
    problem: said(file.problem ?? null) ?? { code: 'no_image', message: 'holds no image' },
    warnings: file.warnings,
  };
}
