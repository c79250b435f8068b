import type { FileFacts, HduFacts } from '../device.ts';

/** Keywords that say what one HDU is, never what a file is. */
const OF_HDU = ['EXTVER', 'HDUCLAS2', 'HDUCLAS3', 'EXTTYPE'];

/** Those that an image in the primary HDU has for itself. */
const OF_IMAGE = ['FLXSCALE', 'BUNIT'];

/** The keywords of an extension, with those of the primary header that it lacks. */
export function inherited(file: FileFacts, hdu: HduFacts): HduFacts {
  const [primary] = file.hdus;
  if (primary === undefined || primary.index === hdu.index) return hdu;
  const keywords = { ...hdu.keywords };
  const own = primary.kind === 'empty' ? OF_HDU : [...OF_HDU, ...OF_IMAGE];
  for (const [key, value] of Object.entries(primary.keywords)) {
    const said = String(keywords[key] ?? '').trim() !== '';
    if (!said && !own.includes(key)) keywords[key] = value;
  }
  return { ...hdu, keywords };
}
