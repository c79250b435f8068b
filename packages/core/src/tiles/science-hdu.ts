import type { FileFacts, HduFacts, Problem } from '../device.ts';
import { colourFilterArray } from './cfa.ts';
import { isImage, rolesOf } from './role.ts';
import { onSameSky } from './same-sky.ts';

export interface ScienceHdus {
  chosen: HduFacts[];
  /** Science HDUs with sky coordinates that `auto` did not take. */
  others: number;
  /** Those that lie exactly on the one that it took. */
  onTop: readonly HduFacts[];
  problem: Problem | null;
}

/**
 * The HDUs of a file that become tiles. `auto`: the first image with a celestial WCS; `all`: every one that is not a
 * weight, mask, error or opacity plane; `N`: by number, where the primary is 0; `NAME`: every one with that EXTNAME,
 * ignoring letter case, and `PRIMARY` the first; `NAME,V`: that of EXTVER V.
 */
export function scienceHdus(file: FileFacts, choice: string): ScienceHdus {
  if (file.problem !== undefined) return refused(file.problem);
  if (choice !== 'auto' && choice !== 'all') return asked(file, choice);
  const roles = rolesOf(file);
  const science = file.hdus.filter((hdu, at) => isImage(hdu) && roles[at] === 'science');
  const usable = science.filter((hdu) => problemOf(hdu) === null);
  if (choice === 'all') {
    return usable.length > 0
      ? { chosen: usable, others: 0, onTop: [], problem: null }
      : refused(firstProblem(file, science));
  }
  const first = usable[0];
  if (first === undefined) return refused(firstProblem(file, science));
  const onTop = usable.slice(1).filter((hdu) => onSameSky(hdu, first));
  return { chosen: [first], others: usable.length - 1 - onTop.length, onTop, problem: null };
}

/** Why this HDU cannot be a tile; null when it can. */
export function problemOf(hdu: HduFacts): Problem | null {
  const { index } = hdu;
  if (!isImage(hdu)) return { code: 'no_image', reason: 'contains no image; choose another with --hdu', hdu: index };
  if (hdu.shapeProblem !== undefined) return hdu.shapeProblem;
  const { wcsProblem } = hdu;
  const beside = hdu.solutions?.at(-1);
  if (wcsProblem !== undefined && beside !== undefined) return ofSolution(wcsProblem, beside.path);
  if (wcsProblem !== undefined && wcsProblem.code !== 'wcs_no_celestial') return { hdu: index, ...wcsProblem };
  if (hdu.wcs === undefined) return { ...noWcs(hdu), hdu: index };
  const cfa = colourFilterArray(hdu);
  return cfa === null ? null : { code: 'cfa', reason: cfa, hdu: index };
}

/** Names of axes that are not those of the standard, and what these would be. */
const AXES: Readonly<Record<string, string>> = { solar_x: 'HPLN-TAN', solar_y: 'HPLT-TAN' };

function noWcs({ keywords }: HduFacts): Problem {
  const axes = [keywords.CTYPE1, keywords.CTYPE2].map((value) => String(value ?? '').trim());
  if (axes.includes('')) return { code: 'no_wcs', reason: 'no celestial WCS (CTYPE1, CTYPE2); plate-solve it first' };
  const standard = axes.flatMap((name) => AXES[name.toLowerCase()] ?? []);
  const way = standard.length === 2 ? `write ${standard.join(' and ')}` : 'plate-solve it first';
  return { code: 'no_wcs', reason: `its axes ${axes.join(' and ')} (CTYPE1, CTYPE2) are none of the sky; ${way}` };
}

/** A WCS that was laid over the header is at fault in the file that gave it. */
function ofSolution({ code, reason, keyword }: Problem, path: string): Problem {
  const named = keyword === undefined ? {} : { keyword };
  return {
    code,
    reason: `its solution cannot be used: ${reason}, or ignore it with --solutions none`,
    path,
    ...named,
  };
}

function asked(file: FileFacts, choice: string): ScienceHdus {
  const wanted = choice.trim().toUpperCase();
  const found = named(file, wanted);
  const [first] = found;
  if (first === undefined) {
    const names = file.hdus.map((one) => (one.name ? `${one.index} ${one.name}` : `${one.index}`)).join(', ');
    return refused({ code: 'no_such_hdu', reason: `has no HDU ${choice}; it has ${names || 'none'}` });
  }
  const usable = found.filter((hdu) => problemOf(hdu) === null);
  const problem = usable.length > 0 ? null : problemOf(first);
  return problem === null ? { chosen: usable, others: 0, onTop: [], problem: null } : refused(problem);
}

function named(file: FileFacts, wanted: string): HduFacts[] {
  if (/^\d+$/.test(wanted)) return file.hdus.filter((hdu) => hdu.index === Number(wanted));
  const nameOf = (hdu: HduFacts) => (hdu.name ?? '').trim().toUpperCase();
  const exact = file.hdus.filter((hdu) => nameOf(hdu) === wanted);
  if (exact.length > 0) return exact;
  if (wanted === 'PRIMARY') return file.hdus.slice(0, 1);
  const versioned = /^(.+?)\s*,\s*(\d+)$/.exec(wanted);
  if (versioned === null) return [];
  const version = Number(versioned[2]);
  return file.hdus.filter((hdu) => nameOf(hdu) === versioned[1] && Number(hdu.keywords.EXTVER ?? 1) === version);
}

const NO_WCS: Problem = { code: 'no_wcs', reason: 'no celestial WCS in any HDU; plate-solve it first' };

/** The most useful reason: a broken WCS says more than "no WCS", which says more than "no image". */
function firstProblem(file: FileFacts, science: HduFacts[]): Problem {
  const problems = science.map(problemOf).filter((problem) => problem !== null);
  const telling = problems.find((problem) => problem.code !== 'no_wcs') ?? problems[0];
  const named = science.some(({ keywords }) => keywords.CTYPE1 !== undefined);
  if (telling?.code === 'no_wcs' && !named) return NO_WCS;
  if (telling !== undefined) return telling;
  const onlyPlanes = file.hdus.some(isImage);
  return onlyPlanes
    ? { code: 'no_image', reason: 'contains only weight, mask, error or opacity planes; name one with --hdu' }
    : { code: 'no_image', reason: 'contains no image' };
}

function refused(problem: Problem): ScienceHdus {
  return { chosen: [], others: 0, onTop: [], problem };
}
