import type { FileFacts, HduFacts, Mask } from '../device.ts';
import type { Found } from './planes.ts';

/** Planes of LSST's masks that spoil a pixel; the cards MP_NAME give the number of the bit. */
export const MASK_CARDS = ['BAD', 'SAT', 'CR', 'NO_DATA', 'SUSPECT', 'UNMASKEDNAN'].map((name) => `MP_${name}`);

/** Keywords that say which bits of a mask are bad. */
export const MASK_KEYWORDS = ['TELESCOP', 'INSTRUME', 'DETECTOR', ...MASK_CARDS];

/** Bits that a camera's handbook calls bad; the first row that fits decides, and without one any bit does. */
const CAMERAS: readonly {
  /** `name`: of the mask's extension. */
  is: (says: (key: string) => string, survey: string, name: string) => boolean;
  bits: number;
}[] = [
  // DO_NOT_USE; the other bits say why, or say nothing bad (JWST calibration pipeline, data quality flags).
  { is: (says) => says('TELESCOP') === 'JWST', bits: 1 },
  // All but stable hot pixels, warm pixels and full wells that were corrected, as drizzlepac has it.
  { is: (says) => says('TELESCOP') === 'HST' && says('DETECTOR') === 'IR', bits: 0xffff - 528 },
  { is: (says) => says('TELESCOP') === 'HST', bits: 0xffff - 336 },
  // Detector, flat, dark, blank, CTE, saturated, low and cosmic ray; not suspect (0x80), spikes, ghosts, streaks, star cores
  // and what convolution touched ("PS1 Pixel flags in Image Table Data", outerspace.stsci.edu, from IPP's masks.16bit.config).
  { is: (_, survey) => survey.startsWith('Pan-STARRS'), bits: 0x17f },
  // All but detected sources (bit 1) and halos (11): the ZTF Science Data System's advice, section 10.
  { is: (_, survey) => survey.startsWith('ZTF'), bits: 6141 },
  // All but detected sources (bit 1; image masks of the Palomar Transient Factory, "Data quality").
  { is: (_, survey) => survey === 'PTF', bits: 8189 },
  // INVALID, which sums up what spoils a pixel; other bits are of stars and galaxies.
  { is: (_, __, name) => /\.FLG$/.test(name), bits: 1 },
];

/** The mask of a tile, with the bits that count: those asked for, else as the mask or the camera has it. */
export function maskOf(
  { path, hdu, survey }: Found,
  tile: HduFacts,
  facts: ReadonlyMap<string, FileFacts>,
  asked: number | 'all' | null,
): Mask {
  if (asked !== null) return asked === 'all' ? { path, hdu } : { path, hdu, bits: asked };
  const plane = facts.get(path)?.hdus.find((one) => one.index === hdu);
  const own = plane?.keywords ?? {};
  const named = MASK_CARDS.flatMap((key) => (typeof own[key] === 'number' ? [2 ** own[key]] : []));
  if (named.length > 0) return { path, hdu, bits: named.reduce((a, b) => a + b) };
  const says = (key: string) =>
    String(tile.keywords[key] ?? '')
      .trim()
      .toUpperCase();
  const camera = CAMERAS.find(({ is }) => is(says, survey ?? '', plane?.name?.trim().toUpperCase() ?? ''));
  return camera === undefined ? { path, hdu } : { path, hdu, bits: camera.bits };
}
