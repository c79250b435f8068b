import type { FileFacts, HduFacts, PixelCounts } from '../device.ts';
import { lineOf } from '../error.ts';
import type { Companions } from '../inputs/companions.ts';
import type { Note } from './mixed.ts';
import { isImage, isOurs, rolesOf } from './role.ts';

/** A plane that is called an opacity by its name alone. */
export interface Doubtful {
  path: string;
  hdu: HduFacts;
}

/**
 * The planes called ALPHA that may hold something else: to radio astronomers that is a spectral index. Ours say whose
 * they are, and a byte can hold nothing but an opacity.
 */
export function doubtfulOpacities(
  files: readonly FileFacts[],
  companions: Companions,
  facts: ReadonlyMap<string, FileFacts>,
): Doubtful[] {
  const doubtful = files
    .filter((file) => !isOurs(file))
    .flatMap((file) => {
      const roles = rolesOf(file);
      const own = file.hdus.filter((_, at) => roles[at] === 'alpha').map((hdu) => ({ path: file.path, hdu }));
      const beside = (companions.get(file.path) ?? []).filter(({ role }) => role === 'alpha');
      const planes = beside.flatMap(({ path }) =>
        (facts.get(path)?.hdus ?? []).filter(isImage).map((hdu) => ({ path, hdu })),
      );
      return [...own, ...planes];
    });
  return doubtful.filter(({ hdu }) => hdu.bitpix !== 8);
}

/** Opacities go from 0 to 1, or to 255 where they are whole numbers. */
export function canBeOpacity({ bitpix }: HduFacts, { finite, min, max }: PixelCounts): boolean {
  return finite > 0 && min >= 0 && max <= (bitpix > 0 ? 255 : 1);
}

/** The line about a plane called ALPHA that is none; without negative values it may well be one on another scale. */
export function notOpacityNote(path: string, hdu: HduFacts, { finite, min, max }: PixelCounts): Note {
  const top = hdu.bitpix > 0 ? 255 : 1;
  const values =
    finite > 0 ? `goes from ${Number(min.toPrecision(4))} to ${Number(max.toPrecision(4))}` : 'has no values';
  const reason = `called ALPHA, but it ${values}, and opacities from 0 to ${top}; it is not used; scale it, or rename it if it is something else`;
  const message = lineOf({ path, hdu: hdu.index, reason });
  return min < 0
    ? { level: 'info', code: 'not_opacity', message }
    : { level: 'warning', code: 'not_opacity', message, path, reason };
}

export function placeOf(path: string, hdu: HduFacts): string {
  return `${hdu.index} ${path}`;
}
