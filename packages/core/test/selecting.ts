import type { FileFacts } from '../src/device.ts';
import type { Companion, Companions } from '../src/inputs/companions.ts';
import type { PlaneRole } from '../src/inputs/conventions.ts';
import { type SelectOptions, selectTiles } from '../src/tiles/select.ts';
import type { Surrounding } from '../src/tiles/set-aside.ts';

export const alone: Companions = new Map();

/** What is selected of these files. */
export function select(
  files: FileFacts[],
  more: Partial<SelectOptions> = {},
  companions = alone,
  beside: FileFacts[] = [],
  around: Partial<Surrounding> = {},
) {
  const facts = new Map([...files, ...beside].map((one) => [one.path, one]));
  const nothing = {
    named: new Set<string>(),
    history: new Map(),
    notOpacity: new Set<string>(),
    rgba: new Set<string>(),
  };
  const defaults: SelectOptions = {
    hdu: 'auto',
    weights: 'auto',
    mask: 'auto',
    maskBits: null,
    blank: 'none',
    trim: 0,
    feather: 0,
    channels: null,
    matchGain: false,
  };
  return selectTiles(files, { companions, facts, ...nothing, ...around }, { ...defaults, ...more });
}

/** A weight map beside a.fits. */
export const weights = (path: string): Companions => new Map([['a.fits', [{ path, role: 'weight', survey: 'many' }]]]);

/** A plane beside an image. */
export const beside = (image: string, path: string, role: PlaneRole, more: Partial<Companion> = {}): Companions =>
  new Map([[image, [{ path, role, survey: 'many', ...more }]]]);
