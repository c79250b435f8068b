import { expect, test } from 'bun:test';
import { file, hdu, wcs } from './fake-facts.ts';
import { select } from './selecting.ts';

const told = (...paths: string[]) => {
  const files = paths.map((path, at) => file(path, [hdu({ wcs: wcs({ center: [10, 20 + at / 100] }) })]));
  return select(files).notes.flatMap(({ code, message }) => (code === 'several_states' ? [message] : []));
};

test.each<[string[], string]>([
  [
    ['x_flt.fits', 'x_flc.fits'],
    "(flt, flc), each of which is a tile and counts: x_flt.fits, x_flc.fits; keep one state, as with --exclude '*_flt.fits'",
  ],
  [
    ['x_drc.fits', 'x_drz.fits'],
    "(drz, drc), each of which is a tile and counts: x_drc.fits, x_drz.fits; keep one state, as with --exclude '*_drz.fits'",
  ],
  [['x_raw.fits', 'x_flt.fits.gz', 'x_drz.fits'], "--exclude '*_raw.fits' --exclude '*_flt.fits.gz'"],
  [
    ['jw1_nrcb1_rate.fits', 'jw1_nrcb1_cal.fits', 'jw1_nrcb1_o001_crf.fits', 'jw1_nrcb1_i2d.fits'],
    '(rate, cal, crf, i2d)',
  ],
  [['c4d_1_2_ooi_g_v1.fits.fz', 'c4d_1_2_opi_g_v1.fits.fz'], "--exclude '*_ooi_*'"],
  [['c4d_1_2_ori.fits.fz', 'c4d_1_2_ooi_g_v1.fits.fz'], "--exclude '*_ori.fits.fz'"],
  [['SPITZER_I1_1_6_bcd.fits', 'SPITZER_I1_1_6_cbcd.fits'], "--exclude '*_bcd.fits'"],
  [['X_FLT.FITS', 'X_FLC.FITS'], "--exclude '*_FLT.FITS'"],
])('%p: one exposure in several states', (paths, text) => {
  const [line, ...more] = told(...paths);
  expect(line).toStartWith('1 exposure is there in several states of reduction (');
  expect(line).toContain(text);
  expect(more).toEqual([]);
});

test('one line for each folder, which counts', () => {
  const lines = told(
    ...['x', 'y'].flatMap((name) => ['flt', 'flc'].map((word) => `d/${name}_${word}.fits`)),
    'e/x_flt.fits',
    'e/x_drz.fits',
  );
  expect(lines).toEqual([
    expect.stringMatching(/^2 exposures in d are there .*: x_flt.fits, x_flc.fits \.\.\.; /),
    expect.stringMatching(/^1 exposure in e is there /),
  ]);
});

test.each([
  [['x_flt.fits', 'y_flc.fits']],
  [['d/x_flt.fits', 'e/x_flc.fits']],
  [['x_1.fits', 'x_2.fits']],
  [['c4d_1_2_ooi_g_v1.fits', 'c4d_1_3_opi_g_v1.fits']],
  [['a_cal.fits', 'a_flt.fits']],
  [['flt.fits', 'flc.fits']],
])('%p: exposures like any others', (paths) => {
  expect(told(...paths)).toEqual([]);
});
