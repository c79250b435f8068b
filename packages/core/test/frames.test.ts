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

test.each<[string, Record<string, number>, Record<string, number>, string | null]>([
  ['0.3 au', { DSUN_OBS: 1.496e11 }, { DSUN_OBS: 0.45e11 }, 'from a distance 0.301 times that of a.fits (DSUN_OBS)'],
  ['radius', { RSUN_OBS: 970 }, { RSUN_OBS: 2910 }, 'with a radius 3 times that of a.fits (RSUN_OBS)'],
  ['both', { DSUN_OBS: 1e11, RSUN_OBS: 970 }, { DSUN_OBS: 2e11, RSUN_OBS: 485 }, 'a distance 2 times'],
  ['of one day', { DSUN_OBS: 1.496e11 }, { DSUN_OBS: 1.497e11 }, null],
  ['one does not tell', { DSUN_OBS: 1.496e11 }, { RSUN_OBS: 2910 }, null],
  ['nonsense', { DSUN_OBS: 1.496e11 }, { DSUN_OBS: 0 }, null],
])('distances of observers of the Sun: %s', (_, own, other, text) => {
  const seen = (path: string, keywords: Record<string, number>): Tile => ({
    ...tile(path, 'HPLN/HPLT'),
    hdu: hdu({ wcs: wcs({ frame: 'HPLN/HPLT' }), keywords }),
  });
  const notes = observerNotes([seen('a.fits', own), seen('b.fits', other)]);
  expect(notes.map(({ code, path }) => [code, path])).toEqual(text === null ? [] : [['mixed_observer', 'b.fits']]);
  if (text !== null) expect(notes[0]?.message).toContain(text);
});
