import { expect, test } from 'bun:test';
import { type Flux, followArea } from '../src/tiles/flux.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu, wcs } from './fake-facts.ts';

function tile(unit: string | null, scale = 1): Tile {
  const keywords = unit === null ? {} : { BUNIT: unit };
  const spec = { path: 'a.fits', hdu: 0, weight: 1, fluxScale: 3 };
  return { path: 'a.fits', hdu: hdu({ keywords, wcs: wcs({ scaleArcsec: scale }) }), spec, weightKeyword: null };
}

const on2 = (one: Tile, flux: Flux = 'auto') => {
  const { tiles, changed, notes } = followArea([one], { scaleArcsec: 2 }, flux);
  return [tiles[0]?.spec.fluxScale, changed, notes.map(({ code }) => code).join()] as const;
};

const PER_PIXEL = ['Jy/pixel', 'Jy/pix', 'mJy / px', 'Jy pixel-1', 'Jy pix**-1', 'counts per pixel', 'erg/s/pixel'];
const IN_BRACKETS = ['photon / (pixel s)', 'electron / (pix s)', 'DN/(s pixel)'];
const MAGGIES = ['nanomaggy', 'nanomaggies', 'nmgy', 'Vega nanomaggies', 'maggy'];

test.each([...PER_PIXEL, ...IN_BRACKETS, ...MAGGIES])('%s follows the area of pixels', (unit) => {
  expect(on2(tile(unit))).toEqual([12, true, 'flux_follows_area']);
  expect(on2(tile(unit, 2))).toEqual([3, false, '']);
  expect(on2(tile(unit), 'brightness')).toEqual([3, false, '']);
});

test.each([
  'MJy/sr',
  'Jy/beam',
  'nanomaggy/arcsec^2',
  'Jy/arcsec2',
  'mag/arcsec^2',
  'erg/s/cm2/arcsec2',
  'W/m2/sr',
  '',
])('%p does not', (unit) => {
  expect(on2(tile(unit))).toEqual([3, false, '']);
  expect(on2(tile(unit), 'total')).toEqual([12, true, 'flux_follows_area']);
});

const FLUXES = ['Jy', 'nJy', 'uJy', 'mJy', '1e-9 Jy', '10*nJy', 'erg/s/cm2/Angstrom', 'erg cm-2 s-1', 'W/m2'];

test.each(['ADU', 'counts', 'ELECTRONS/S', 'electrons', 'DN/s', 'e-/s', ...FLUXES])(
  '%s: a warning where areas differ',
  (unit) => {
    expect(on2(tile(unit))).toEqual([3, false, 'pixel_area']);
    expect(on2(tile(unit, 1.99))).toEqual([3, false, '']);
    expect(on2(tile(unit), 'brightness')).toEqual([3, false, '']);
  },
);
