import { closeSync, openSync, readSync } from 'node:fs';

const BLOCK = 2880;
const MOST_BLOCKS = 100;

/** Keywords that place pixels on the sky. */
const WANTED =
  /^(SIMPLE|BITPIX|NAXIS[12]?|CTYPE[12]|CUNIT[12]|CRVAL[12]|CRPIX[12]|CD[12]_[12]|CDELT[12]|PC[12]_[12]|CROTA2|EQUINOX|RADESYS|LONPOLE|LATPOLE|PV[12]_\d+)$/;

/** The grid of a mosaic as the text header that Montage and SWarp read, taken from the cards of its first HDU. */
export function gridHeader(path: string): string {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.alloc(BLOCK);
    const lines: string[] = [];
    for (let at = 0; at < MOST_BLOCKS; at += 1) {
      if (readSync(file, block, 0, BLOCK, at * BLOCK) < BLOCK) break;
      for (let card = 0; card < BLOCK; card += 80) {
        const text = block.toString('latin1', card, card + 80);
        const key = text.slice(0, 8).trim();
        // Every program makes a two-dimensional mosaic.
        if (key === 'NAXIS') lines.push('NAXIS   =                    2');
        else if (WANTED.test(key)) lines.push(text.trimEnd());
        else if (key === 'END') return `${lines.join('\n')}\nEND\n`;
      }
    }
  } finally {
    closeSync(file);
  }
  throw new Error(`${path}: its header has no END card`);
}
