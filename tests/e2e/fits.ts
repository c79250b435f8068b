import { readFileSync, writeFileSync } from 'node:fs';

/** A writer and reader of FITS that is small enough to be trusted, so that the program is not tested with its own code. */

export type Cards = Record<string, string | number | boolean>;

export interface Image {
  width: number;
  height: number;
  planes: number;
  cards: Cards;
  /** Plane by plane, row by row, first row first. */
  values: Float32Array;
}

/** A gnomonic sky: `center` in degrees at the image centre, `scale` arcsec per pixel, `rotation` degrees. */
export function sky(width: number, height: number, center: [number, number], scale = 1, rotation = 0): Cards {
  const step = scale / 3600;
  const angle = (rotation * Math.PI) / 180;
  return {
    CTYPE1: 'RA---TAN',
    CTYPE2: 'DEC--TAN',
    CRVAL1: center[0],
    CRVAL2: center[1],
    CRPIX1: (width + 1) / 2,
    CRPIX2: (height + 1) / 2,
    CD1_1: -step * Math.cos(angle),
    CD1_2: step * Math.sin(angle),
    CD2_1: step * Math.sin(angle),
    CD2_2: step * Math.cos(angle),
  };
}

export interface Plane {
  name?: string;
  width: number;
  height: number;
  planes?: number;
  /** 64-bit floats instead of 32-bit ones. */
  doubles?: boolean;
  cards?: Cards;
  value: (x: number, y: number, plane: number) => number;
}

/** The WCS of a part of another image: its pixel (0, 0) lies on pixel `offset` of the other. */
export function partOf(whole: Cards, [x, y]: [number, number]): Cards {
  return { ...whole, CRPIX1: Number(whole.CRPIX1) - x, CRPIX2: Number(whole.CRPIX2) - y };
}

/** Writes images of floats: the first is the primary, the others are extensions. */
export function writeFits(path: string, ...hdus: Plane[]): string {
  const parts: Uint8Array[] = [];
  for (const [at, hdu] of hdus.entries()) {
    const planes = hdu.planes ?? 1;
    const axes: Cards = { NAXIS1: hdu.width, NAXIS2: hdu.height, ...(planes > 1 ? { NAXIS3: planes } : {}) };
    const first: Cards = at === 0 ? { SIMPLE: true } : { XTENSION: 'IMAGE' };
    const extension: Cards = at === 0 ? { EXTEND: true } : { PCOUNT: 0, GCOUNT: 1 };
    const name: Cards = hdu.name === undefined ? {} : { EXTNAME: hdu.name };
    const naxis = planes > 1 ? 3 : 2;
    const bitpix = hdu.doubles ? -64 : -32;
    parts.push(header({ ...first, BITPIX: bitpix, NAXIS: naxis, ...axes, ...extension, ...name, ...hdu.cards }));
    parts.push(data(hdu, planes));
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

export function header(cards: Cards): Uint8Array {
  const lines = Object.entries(cards).map(([key, value]) => `${key.padEnd(8)}= ${valueText(value)}`.padEnd(80));
  return padded(new TextEncoder().encode(`${lines.join('')}${'END'.padEnd(80)}`), 0x20);
}

function valueText(value: string | number | boolean): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''").padEnd(8)}'`;
  if (typeof value === 'boolean') return (value ? 'T' : 'F').padStart(20);
  return String(value).toUpperCase().padStart(20);
}

function data(hdu: Plane, planes: number): Uint8Array {
  const each = hdu.doubles ? 8 : 4;
  const bytes = new Uint8Array(hdu.width * hdu.height * planes * each);
  const view = new DataView(bytes.buffer);
  const put = (at: number, value: number) => (hdu.doubles ? view.setFloat64(at, value) : view.setFloat32(at, value));
  let at = 0;
  for (let plane = 0; plane < planes; plane += 1) {
    for (let y = 0; y < hdu.height; y += 1) {
      for (let x = 0; x < hdu.width; x += 1, at += each) put(at, hdu.value(x, y, plane));
    }
  }
  return padded(bytes, 0);
}

export function padded(bytes: Uint8Array, fill: number): Uint8Array {
  const block = new Uint8Array(Math.ceil(bytes.length / 2880) * 2880).fill(fill);
  block.set(bytes);
  return block;
}

/** Reads every image HDU of a file; only float32 and uint8. Of a mosaic COVERAGE comes before ALPHA. */
export function readFits(path: string): Image[] {
  const bytes = readFileSync(path);
  const images: Image[] = [];
  for (let at = 0; at < bytes.length; ) {
    const cards: Cards = {};
    let end = false;
    for (; !end; at += 2880) {
      for (let card = at; card < at + 2880; card += 80) {
        const line = bytes.toString('latin1', card, card + 80);
        if (line.startsWith('END     ')) end = true;
        else if (!end && line[8] === '=') cards[line.slice(0, 8).trim()] = parse(line.slice(10));
      }
    }
    const axes = Array.from({ length: Number(cards.NAXIS) }, (_, axis) => Number(cards[`NAXIS${axis + 1}`]));
    const count = axes.length === 0 ? 0 : axes.reduce((a, b) => a * b, 1);
    const size = Math.abs(Number(cards.BITPIX)) / 8;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, count * size);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 1) values[i] = size === 1 ? view.getUint8(i) : view.getFloat32(i * 4);
    images.push({ width: axes[0] ?? 0, height: axes[1] ?? 0, planes: axes[2] ?? 1, cards, values });
    at += Math.ceil((count * size) / 2880) * 2880;
  }
  const [values, alpha, coverage, ...others] = images;
  const ours = values !== undefined && alpha?.cards.EXTNAME === 'ALPHA' && coverage?.cards.EXTNAME === 'COVERAGE';
  return ours ? [values, coverage, alpha, ...others] : images;
}

function parse(text: string): string | number | boolean {
  if (text.startsWith("'")) return (/^'((?:[^']|'')*)'/.exec(text)?.[1] ?? '').replaceAll("''", "'").trimEnd();
  const value = (text.split('/')[0] ?? '').trim();
  return value === 'T' ? true : value === 'F' ? false : Number(value);
}

/** Checks that coverage is finite and not negative, and coverage 0 <=> alpha 0 <=> NaN in every channel. Returns the covered pixels. */
export function holdsTogether([mosaic, coverage, alpha]: (Image | undefined)[]): number {
  if (mosaic === undefined || coverage === undefined || alpha === undefined) throw new Error('three HDUs wanted');
  const plane = mosaic.width * mosaic.height;
  let covered = 0;
  for (let i = 0; i < plane; i += 1) {
    const weight = coverage.values[i] ?? Number.NaN;
    const opacity = alpha.values[i] ?? Number.NaN;
    const empty = Array.from({ length: mosaic.planes }, (_, p) => Number.isNaN(mosaic.values[p * plane + i]));
    if (!(Number.isFinite(weight) && weight >= 0)) throw new Error(`coverage ${weight} at pixel ${i}`);
    if ((weight === 0) !== (opacity === 0)) throw new Error(`coverage ${weight}, alpha ${opacity} at pixel ${i}`);
    if ((weight === 0) !== empty.every(Boolean)) throw new Error(`coverage ${weight} and values differ at pixel ${i}`);
    if (weight > 0) covered += 1;
  }
  return covered;
}
