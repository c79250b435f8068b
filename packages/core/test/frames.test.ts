import { expect, test } from 'bun:test';
import type { GridFacts } from '../src/device.ts';
import { observerNotes, refuseUnrelatedFrames } from '../src/tiles/frames.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu, wcs } from './fake-facts.ts';

const tile = (path: string, frame: string): Tile => ({
  path,
  hdu: hdu({ wcs: wcs({ frame }) }),
  spec: { path, hdu: 0, weight: 1, fluxScale: 1 },
  weightKeyword: null,
});
const grid = (frame: string) => ({ frame }) as GridFacts;

test('frames of the sky mix, and tiles of one body with each other', () => {
  refuseUnrelatedFrames([tile('a.fits', 'ICRS'), tile('b.fits', 'galactic'), tile('c.fits', 'FK5')], null, null);
  refuseUnrelatedFrames([tile('a.fits', 'HPLN/HPLT'), tile('b.fits', 'HPLN/HPLT')], grid('HPLN/HPLT'), 'like.fits');
});

test.each([
  ['ICRS', 'HPLN/HPLT'],
  ['HPLN/HPLT', 'CRLN/CRLT'],
])('%s and %s are refused with both files named', (one, other) => {
  const both = /a\.fits is in the frame .* and b\.fits in .*separately/;
  expect(() => refuseUnrelatedFrames([tile('a.fits', one), tile('b.fits', other)], null, null)).toThrow(both);
  const like = /a\.fits is in .* and like\.hdr in/;
  expect(() => refuseUnrelatedFrames([tile('a.fits', one)], grid(other), 'like.hdr')).toThrow(like);
});

test('observers of the Sun that stand apart are told once, those of one place or of another frame are not', () => {
  const seen = (path: string, lon: number, lat: number, frame = 'HPLN/HPLT'): Tile => ({
    ...tile(path, frame),
    hdu: hdu({ wcs: wcs({ frame }), keywords: { HGLN_OBS: lon, HGLT_OBS: lat } }),
  });
  const sdo = seen('sdo.fits', 359.8, -3);
  expect(observerNotes([sdo, seen('later.fits', 0.1, -3), tile('bare.fits', 'HPLN/HPLT')])).toEqual([]);
  expect(observerNotes([seen('a.fits', 0, 0, 'CRLN/CRLT'), seen('b.fits', 90, 0, 'CRLN/CRLT')])).toEqual([]);
  const [note, ...more] = observerNotes([sdo, seen('ahead.fits', -90.2, -3), seen('behind.fits', 90, 5)]);
  expect(note?.code).toBe('mixed_observer');
  expect(note?.message).toMatch(/^ahead\.fits: shows the Sun from a place 89\.\d degrees from that of sdo\.fits/);
  expect(more).toEqual([]);
});
