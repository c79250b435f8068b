import { expect, test } from 'bun:test';
import type { GridFacts } from '../src/device.ts';
import { refuseUnrelatedFrames } from '../src/tiles/frames.ts';
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
