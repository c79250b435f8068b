import { basename, dirname, join } from 'node:path';
import type { Beside } from '../device.ts';
import type { InputFile } from './expand.ts';
import { withoutFitsEnding } from './fits-name.ts';
import { namesIn } from './listing.ts';

/** Which files beside images may solve them: `auto`, those that are meant to; `beside`: all before the images' own WCS. */
export type Solutions = 'auto' | 'beside' | 'none';

/**
 * Endings of files that hold a solution, in the order in which they count. SCAMP reads `.ahead` and writes `.head`: headers
 * of all extensions, which take the place of what the image says. The others are what a plate solver leaves beside an image
 * that it may not change, so the WCS in the image is newer or the same where it has one.
 */
const KINDS = [
  { ending: 'ahead', all: true },
  { ending: 'head', all: true },
  { ending: 'wcs', all: false },
  { ending: 'ini', all: false },
] as const;

const NAME = /\.(ahead|head|wcs|ini)$/i;

/** Whether a file is by its name the solution of another. */
export function isSolutionName(path: string): boolean {
  return NAME.test(path);
}

/** The files beside images that may solve them: `X.head`, `X.wcs` and the like beside `X.fits`. */
export function findSolutions(
  paths: readonly string[],
  how: Solutions,
  list: (dir: string) => string[] = names,
): Record<string, Beside[]> {
  const found: Record<string, Beside[]> = {};
  if (how === 'none') return found;
  const folders = new Map<string, Map<string, string>>();
  for (const path of paths) {
    const dir = dirname(path);
    const known = folders.get(dir) ?? new Map(list(dir).map((name) => [name.toLowerCase(), name]));
    folders.set(dir, known);
    if (known.size === 0) continue;
    const own = KINDS.flatMap(({ ending, all }) => {
      const name = stemsOf(path)
        .map((stem) => known.get(`${stem}.${ending}`))
        .find((one) => one !== undefined);
      if (name === undefined) return [];
      return [{ path: path === basename(path) ? name : join(dir, name), all, first: all || how === 'beside' }];
    });
    if (own.length > 0) found[path] = own;
  }
  return found;
}

/** Inputs that are solutions of other files, and the rest. */
export function partSolutions(files: readonly InputFile[], list: (dir: string) => string[] = namesIn) {
  if (!files.some(({ path }) => isSolutionName(path))) return { kept: [...files], solutions: [] };
  const stems = new Set(
    [...new Set(files.map(({ path }) => dirname(path)))].flatMap((dir) =>
      list(dir)
        .filter((name) => !isSolutionName(name) && withoutFitsEnding(name) !== name)
        .flatMap((name) => stemsOf(name).map((stem) => join(dir, stem))),
    ),
  );
  const solves = ({ path }: InputFile) =>
    isSolutionName(path) && stems.has(join(dirname(path), basename(path).toLowerCase().replace(NAME, '')));
  return { kept: files.filter((file) => !solves(file)), solutions: files.filter(solves) };
}

/** `x.fits.gz` may have `x.head` or `x.fits.gz.head` beside it. */
function stemsOf(path: string): string[] {
  const name = basename(path).toLowerCase();
  return [...new Set([withoutFitsEnding(name), name.replace(/\.(gz|fz|bz2)$/, ''), name])];
}

function names(dir: string): string[] {
  return namesIn(dir).filter(isSolutionName);
}
