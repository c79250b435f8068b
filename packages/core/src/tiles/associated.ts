import type { FileFacts } from '../device.ts';
import { Associated } from '../inputs/associated.ts';
import type { Companion, Companions } from '../inputs/companions.ts';
import { ancillaryRole } from './role.ts';

/** The most files that a header names; ESO's products have one or two. */
const MOST = 9;

const NUMBERS = Array.from({ length: MOST }, (_, at) => at + 1);

/** ESO phase 3 (ESO-044286, 5.2): the name of each file that goes with an image, and what it is. */
export const ASSOCIATED_KEYWORDS = NUMBERS.flatMap((n) => [`ASSON${n}`, `ASSOC${n}`]);

/** The files beside images that their headers name as planes of them: no convention of names is as sure. */
export function associated(files: readonly FileFacts[], beside = new Associated()): Companions {
  const found = new Map<string, Companion[]>();
  for (const { path, hdus } of files) {
    const own = new Map<string, Companion>();
    for (const { keywords } of hdus) {
      for (const n of NUMBERS) {
        const [name, category] = [`ASSON${n}`, `ASSOC${n}`].map((key) => String(keywords[key] ?? '').trim());
        const role = ancillaryRole((category ?? '').toLowerCase());
        const plane = role === null || role === 'science' || !name ? null : beside.find(path, name);
        if (plane !== null && role !== null && role !== 'science')
          own.set(plane, { path: plane, role, survey: 'ESO phase 3' });
      }
    }
    if (own.size > 0) found.set(path, [...own.values()]);
  }
  return found;
}

/** Both, those of `first` before the others. */
export function joined(first: Companions, others: Companions): Companions {
  const all = new Map(others);
  for (const [image, planes] of first) {
    const own = new Set(planes.map(({ path }) => path));
    all.set(image, [...planes, ...(others.get(image) ?? []).filter(({ path }) => !own.has(path))]);
  }
  return all;
}
