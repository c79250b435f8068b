import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fitsStem, isFitsName } from './fits-name.ts';

/** Stems (lower case, no extension) under which the weight map of the tile `stem` may exist, best first. */
export function weightStems(stem: string): string[] {
  const stems = [`${stem}.weight`, `${stem}.wht`, `${stem}_weight`];
  // DECam community pipeline: image `_ooi_`, inverse variance `_oow_`, otherwise the same name.
  if (stem.includes('_ooi_')) stems.push(stem.replace('_ooi_', '_oow_'));
  return stems;
}

/** Stem of the opacity plane that is written beside a split mosaic `stem`. */
export function alphaStem(stem: string): string {
  return `${stem}.alpha`;
}

export interface Sidecars {
  /** Tile path -> path of its weight map. */
  weight: Map<string, string>;
  /** Tile path -> path of its opacity plane. */
  alpha: Map<string, string>;
}

/** Weight maps and opacity planes beside the tiles, whether they are inputs themselves or not. */
export function findSidecars(paths: readonly string[], list: (dir: string) => string[] = names): Sidecars {
  const folders = new Map<string, Map<string, string>>();
  const sidecars: Sidecars = { weight: new Map(), alpha: new Map() };
  for (const path of paths) {
    const dir = dirname(path);
    let byStem = folders.get(dir);
    if (byStem === undefined) {
      byStem = new Map();
      for (const name of list(dir).sort()) {
        if (isFitsName(name) && !byStem.has(fitsStem(name))) byStem.set(fitsStem(name), name);
      }
      folders.set(dir, byStem);
    }
    const stem = fitsStem(path);
    const weight = weightStems(stem).find((candidate) => byStem.has(candidate));
    if (weight !== undefined) sidecars.weight.set(path, beside(dir, path, byStem.get(weight) ?? ''));
    const alpha = byStem.get(alphaStem(stem));
    if (alpha !== undefined) sidecars.alpha.set(path, beside(dir, path, alpha));
  }
  return sidecars;
}

function beside(dir: string, path: string, name: string): string {
  // `a.fits` gives `a.weight.fits`, not `./a.weight.fits`, so that paths compare equal.
  return path === basename(path) ? name : join(dir, name);
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // A folder that can be entered but not listed: its tiles can be read, but maps beside them cannot be found.
    return [];
  }
}
