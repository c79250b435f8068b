import type { HduFacts } from '../device.ts';

/** The role of an image HDU. Only science HDUs can be tiles. */
export type Role = 'science' | 'weight' | 'mask' | 'error' | 'alpha' | 'coverage';

const NAMES: [Role, RegExp][] = [
  ['weight', /^(WEIGHTS?|WHT|WGT|IVAR|INVVAR)$/],
  ['mask', /^(MASK|DQ|BPM|DQM|OOD|FLAGS?|BADPIX)$/],
  ['error', /^(ERR|ERROR|UNCERT|UNCERTAINTY|VAR|VARIANCE|SIGMA|STD|RMS)$/],
  ['alpha', /^ALPHA$/],
  ['coverage', /^COVERAGE$/],
];

export function roleOf(hdu: HduFacts): Role {
  const name = (hdu.name ?? '').trim().toUpperCase();
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? 'science';
}

export function isImage(hdu: HduFacts): boolean {
  return hdu.kind === 'image' || hdu.kind === 'compressed';
}

export function sameShape(a: HduFacts, b: HduFacts): boolean {
  return a.width !== undefined && a.width === b.width && a.height === b.height;
}

export function shapeOf(hdu: HduFacts): string {
  return hdu.width === undefined ? 'no image' : `${hdu.width} x ${hdu.height ?? 0} pixels`;
}

export function extver(hdu: HduFacts): number | null {
  const value = hdu.keywords.EXTVER;
  return typeof value === 'number' ? value : null;
}
