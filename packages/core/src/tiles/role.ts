import type { FileFacts, HduFacts } from '../device.ts';
import { CONVENTIONS, PLANE_ROLES, type PlaneRole, patternOf, wordsOf } from '../inputs/conventions.ts';

/** The role of an image HDU. Only science HDUs can be tiles. */
export type Role = 'science' | PlaneRole;

/** Cards by which archives and cameras say what an image is, most trusted first. */
const ROLE_CARDS = ['HDUCLAS2', 'PRODTYPE', 'EXTTYPE', 'PRODCATG', 'IMAGETYP', 'IMTYPE', 'OBSTYPE', 'FRAME'];

/** Keywords that roles are decided by. */
export const ROLE_KEYWORDS = ['CREATOR', 'PROGRAM', 'HDUCLAS3', 'EXTVER', 'UTYPE', ...ROLE_CARDS];

/** ESO's HDUCLAS3 of an error (ESO-044286, 5.3). */
const ERRORS: Readonly<Record<string, Role>> = { MSE: 'variance', INVMSE: 'weight', INVRMSE: 'aside' };

/** What astropy's CCDData and NDData call their uncertainties. */
const UNCERTAINTIES: Readonly<Record<string, Role>> = {
  InverseVariance: 'weight',
  VarianceUncertainty: 'variance',
  StdDevUncertainty: 'error',
  UnknownUncertainty: 'aside',
};

/** Frames that calibrate others. */
const CALIBRATION =
  /^(master ?)?(bias|zero|dark|((dome|sky|twilight) ?)?flat|dark ?flat|flat ?dark)( ?(frame|field))?$/;

/** Words and patterns of EXTNAMEs; only those that hold a star need a pattern. */
const EXTENSIONS: readonly { role: Role; word: string | RegExp }[] = CONVENTIONS.filter(
  ({ only }) => only !== 'files',
).flatMap((row) =>
  (['image', ...PLANE_ROLES] as const).flatMap((key) =>
    wordsOf(row[key])
      .filter((word) => word !== '.')
      .map((word) => ({
        role: key === 'image' ? ('science' as const) : key,
        word: word.includes('*') ? new RegExp(`^${patternOf(word)}$`) : word,
      })),
  ),
);

const known = new WeakMap<FileFacts, readonly Role[]>();

/** The roles of all HDUs of a file, in its order. */
export function rolesOf(file: FileFacts): readonly Role[] {
  const before = known.get(file);
  if (before !== undefined) return before;
  const said = file.hdus.map((hdu) => byCard(hdu, file.hdus[0]) ?? roleOfName(hdu.name ?? ''));
  const science = file.hdus.filter((hdu, at) => isImage(hdu) && said[at] === 'science');
  // A name that might as well be that of an image makes a plane only beside an image of its shape.
  const roles = file.hdus.map((hdu, at): Role => {
    const role = said[at] ?? 'science';
    const weak = role === 'aside' || role === 'coverage';
    return weak && byCard(hdu, file.hdus[0]) === null && !science.some((one) => sameShape(one, hdu)) ? 'science' : role;
  });
  known.set(file, roles);
  return roles;
}

export function roleIn(file: FileFacts, hdu: HduFacts): Role {
  return rolesOf(file)[file.hdus.indexOf(hdu)] ?? 'science';
}

/** The HDU whose header is about the whole file: the first one with pixels, which fpack makes the second. */
export function headHdu({ hdus }: FileFacts): HduFacts | undefined {
  return hdus.find((hdu) => isImage(hdu) && hdu.width !== undefined) ?? hdus[0];
}

/** Whether this program made the file. */
export function isOurs(file: FileFacts): boolean {
  return /^zemosaic \d/.test(String(headHdu(file)?.keywords.CREATOR ?? '').trim());
}

function byCard(hdu: HduFacts, primary: HduFacts | undefined): Role | null {
  const own = cardRole(hdu);
  if (own !== null) return own;
  // What the primary header says is of the whole file, where it says that the file is no image of the sky.
  const whole = primary === undefined || primary === hdu ? null : cardRole(primary);
  return whole === 'science' ? null : whole;
}

function cardRole({ keywords }: HduFacts): Role | null {
  const uncertainty = UNCERTAINTIES[String(keywords.UTYPE ?? '').trim()];
  if (uncertainty !== undefined) return uncertainty;
  for (const key of ROLE_CARDS) {
    const text = String(keywords[key] ?? '').trim();
    const role = text === '' ? null : roleOfCard(key, text.toLowerCase(), String(keywords.HDUCLAS3 ?? ''));
    if (role !== null) return role;
  }
  return null;
}

function roleOfCard(key: string, text: string, detail: string): Role | null {
  if (key === 'HDUCLAS2') {
    if (text === 'error') return ERRORS[detail.trim().toUpperCase()] ?? 'error';
    return text === 'quality' ? 'mask' : text === 'data' ? 'science' : null;
  }
  const ancillary = ancillaryRole(text);
  if (ancillary !== null) return ancillary;
  if (CALIBRATION.test(text.replace(/[\s_-]+/g, ' '))) return 'aside';
  const role = nameRole(text);
  return role === 'alpha' || role === 'coverage' ? 'aside' : role;
}

/** ESO phase 3: ANCILLARY.WEIGHTMAP and the like; null for SCIENCE.IMAGE and whatever else. */
export function ancillaryRole(text: string): Role | null {
  const ancillary = /^ancillary\.(.*?)(map)?$/.exec(text);
  return ancillary === null ? null : (nameRole(ancillary[1] ?? '') ?? 'aside');
}

/**
 * By the whole EXTNAME, without a number or a Stokes parameter at its end, or by its last part: `SCI`, `ERR2`, `Weight map`,
 * `WEIGHT_I`, `A2007.VARIANCE`, `CHIP1 MASK`.
 */
function roleOfName(name: string): Role {
  const text = name.trim().toLowerCase();
  const plain = text.replace(/[_ -]?\d+$/, '');
  const joined = plain.replace(/[\s-]+/g, '_');
  const whole = nameRole(plain) ?? nameRole(text) ?? nameRole(joined) ?? nameRole(joined.replace(/_[iquv]$/, ''));
  if (whole !== null) return whole;
  const last = nameRole(/[\s._-]([^\s._-]+)$/.exec(plain)?.[1] ?? '');
  // `H_ALPHA` is light.
  return last === 'alpha' || last === null ? 'science' : last;
}

function nameRole(text: string): Role | null {
  return EXTENSIONS.find(({ word }) => (typeof word === 'string' ? word === text : word.test(text)))?.role ?? null;
}

export function isImage(hdu: HduFacts): boolean {
  return hdu.kind === 'image' || hdu.kind === 'compressed';
}

export function sameShape(a: HduFacts, b: HduFacts): boolean {
  return a.width !== undefined && a.width === b.width && a.height === b.height;
}

export function shapeOf(hdu: HduFacts): string {
  if (hdu.width !== undefined) return `${hdu.width} x ${hdu.height ?? 0} pixels`;
  return hdu.axes.length === 0 ? 'no image' : `a block of ${hdu.axes.join(' x ')}`;
}

export function extver(hdu: HduFacts): number | null {
  const value = hdu.keywords.EXTVER;
  return typeof value === 'number' ? value : null;
}
