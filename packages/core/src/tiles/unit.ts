/** Words of units that mean the same in any spelling, by the one they are compared by. Prefixes (mJy, MJy) keep their case. */
const SAME: readonly (readonly [name: string, ...spellings: string[]])[] = [
  ['adu', 'adus'],
  ['dn'],
  ['count', 'counts', 'ct', 'cts', 'cnt', 'cnts'],
  ['electron', 'electrons', 'e', 'el'],
  ['photon', 'photons', 'ph'],
  ['pix', 'pixel', 'pixels', 'px'],
  ['s', 'sec', 'secs', 'second', 'seconds'],
  ['beam', 'beams'],
  ['sr', 'steradian'],
  ['jy', 'jansky'],
  ['nanomaggy', 'nanomaggies', 'nmgy'],
];

const NAMES = new Map(SAME.flatMap(([name, ...others]) => [name, ...others].map((spelling) => [spelling, name])));

/** Units that are equal but for their spelling give the same text: `ADU` and `adu`, `Jy/pix`, `Jy / pixel` and `Jy pixel-1`. */
export function sameUnit(unit: string): string {
  return unit
    .trim()
    .replace(/\be-(?!\d)/gi, 'electron')
    .replace(/\s+per\s+/gi, '/')
    .replace(/[A-Za-z]+/g, (word) => NAMES.get(word.toLowerCase()) ?? word)
    .replace(/\*\*|\^/g, '')
    .replace(/\((-?\d+)\)/g, '$1')
    .replace(
      /[\s*.]*\b([A-Za-z]+)\s?-(\d)/g,
      (_, word: string, power: string) => `/${word}${power === '1' ? '' : power}`,
    )
    .replace(/\s*\/\s*/g, '/')
    .replace(/\s+/g, ' ');
}

/** Units that tell a flux whatever the camera and the sky, so that the zero point of an image says nothing of its scale. */
export function isPhysical(unit: string): boolean {
  return /jy|magg|mgy|\berg\b|\bW\b/i.test(unit);
}
