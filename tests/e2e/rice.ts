import { writeFileSync } from 'node:fs';
import { type Cards, header, type Plane, padded } from './fits.ts';

/** Pixels that Rice coding compresses together. */
const BLOCK = 32;
/** For 16-bit pixels: the bits of a block's number of low bits, and the largest such number. */
const [CODE_BITS, MOST_LOW] = [4, 14];
const BLANK = -32768;

/** Writes a .fits.fz as fpack does: one image of 16-bit pixels in tiles of this many rows, with RICE_1; NaN is BLANK. */
export function writeRice(path: string, plane: Plane, rows: number): string {
  return write(path, plane, rows, { ZBITPIX: 16, BLANK }, () => (value) => value);
}

/**
 * The same of floats, rounded to steps after noise was added (SUBTRACTIVE_DITHER_1; FITS standard 4.0, section 10.2.1 and
 * appendix I). Tiles are small enough for one turn of the random numbers.
 */
export function writeDithered(path: string, plane: Plane, rows: number, step: number): string {
  const cards: Cards = {
    ...{ ZBITPIX: -32, ZSCALE: step, ZZERO: 0, ZBLANK: BLANK, ZQUANTIZ: 'SUBTRACTIVE_DITHER_1', ZDITHER0: 1 },
  };
  return write(path, plane, rows, cards, (tile) => {
    let at = Math.floor((RANDOM[tile] ?? 0) * 500);
    return (value) => {
      const noise = RANDOM[at] ?? 0;
      at += 1;
      return Math.round(value / step + noise - 0.5);
    };
  });
}

const RANDOM: number[] = [];
for (let seed = 1; RANDOM.length < 10_000; ) {
  seed = (seed * 16_807) % 0x7fffffff;
  RANDOM.push(Math.fround(seed / 0x7fffffff));
}

type Round = (value: number) => number;

function write(path: string, plane: Plane, rows: number, kind: Cards, rounding: (tile: number) => Round): string {
  const { width, height } = plane;
  const heap: Uint8Array[] = [];
  const table = new DataView(new ArrayBuffer(8 * Math.ceil(height / rows)));
  let [tile, at] = [0, 0];
  for (let first = 0; first < height; first += rows, tile += 1) {
    const pixels = new Int16Array(width * Math.min(rows, height - first));
    const round = rounding(tile);
    for (let i = 0; i < pixels.length; i += 1) {
      const value = plane.value(i % width, first + Math.floor(i / width), 0);
      const rounded = round(value);
      pixels[i] = Number.isNaN(value) ? BLANK : rounded;
    }
    const coded = rice(pixels);
    table.setInt32(8 * tile, coded.length);
    table.setInt32(8 * tile + 4, at);
    at += coded.length;
    heap.push(coded);
  }
  const cards: Cards = {
    ...{ XTENSION: 'BINTABLE', BITPIX: 8, NAXIS: 2, NAXIS1: 8, NAXIS2: tile, PCOUNT: at, GCOUNT: 1, TFIELDS: 1 },
    ...{ TTYPE1: 'COMPRESSED_DATA', TFORM1: '1PB', ZIMAGE: true, ZNAXIS: 2, ZNAXIS1: width },
    ...{ ZNAXIS2: height, ZTILE1: width, ZTILE2: rows, ZCMPTYPE: 'RICE_1', ZNAME1: 'BLOCKSIZE', ZVAL1: BLOCK },
    ...{ ZNAME2: 'BYTEPIX', ZVAL2: 2, ...kind, ...plane.cards },
  };
  const primary = header({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true });
  const data = padded(Buffer.concat([new Uint8Array(table.buffer), ...heap]), 0);
  writeFileSync(path, Buffer.concat([primary, header(cards), data]));
  return path;
}

/** FITS standard 4.0, section 10.4.1. */
function rice(pixels: Int16Array): Uint8Array {
  const out: number[] = [];
  let [word, held] = [0, 0];
  const put = (value: number, bits: number) => {
    for (let bit = bits - 1; bit >= 0; bit -= 1) {
      word = (word << 1) | ((value >> bit) & 1);
      held += 1;
      if (held === 8) {
        out.push(word);
        [word, held] = [0, 0];
      }
    }
  };
  let last = pixels[0] ?? 0;
  put(last & 0xffff, 16);
  for (let start = 0; start < pixels.length; start += BLOCK) {
    // Wrapping differences, with the sign in the lowest bit.
    const mapped = [...pixels.subarray(start, start + BLOCK)].map((pixel) => {
      const step = ((pixel - last) << 16) >> 16;
      last = pixel;
      return step < 0 ? ~(step << 1) : step << 1;
    });
    const mean = mapped.reduce((a, b) => a + b, 0) / mapped.length;
    const low = Math.max(0, Math.floor(Math.log2(mean + 1)) - 1);
    if (mapped.every((value) => value === 0)) put(0, CODE_BITS);
    else if (low >= MOST_LOW) {
      put(MOST_LOW + 1, CODE_BITS);
      for (const value of mapped) put(value, 16);
    } else {
      put(low + 1, CODE_BITS);
      for (const value of mapped) {
        put(0, value >> low);
        put(1, 1);
        put(value, low);
      }
    }
  }
  put(0, (8 - held) % 8);
  return Uint8Array.from(out);
}
