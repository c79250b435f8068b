import { describe, expect, test } from 'bun:test';
import type { HduFacts } from '../src/device.ts';
import { canBeOpacity, doubtfulOpacities } from '../src/tiles/opacity.ts';
import { isOurs, rolesOf } from '../src/tiles/role.ts';
import { bare, file, hdu } from './fake-facts.ts';

const empty = (keywords: HduFacts['keywords'] = {}) => bare({ index: 0, kind: 'empty', keywords });

/** `NAME` or `NAME key=value ...` of each extension behind an empty primary HDU. */
function extensions(...told: string[]): HduFacts[] {
  return told.map((text, at) => {
    const [name = '', ...cards] = text.split(' ');
    const keywords = Object.fromEntries(cards.map((card) => card.split('=') as [string, string]));
    return hdu({ index: at + 1, name, keywords });
  });
}

describe('roles of extensions, as each archive names them', () => {
  test.each<[string, string[], string]>([
    ['HST calibrated', ['SCI', 'ERR', 'DQ', 'SAMP', 'TIME'], 'science error mask aside aside'],
    ['HST drizzled', ['SCI', 'WHT', 'CTX'], 'science weight aside'],
    [
      'JWST',
      ['SCI', 'ERR', 'DQ', 'AREA', 'VAR_POISSON', 'VAR_RNOISE', 'VAR_FLAT'],
      'science error mask aside aside aside aside',
    ],
    ['JWST i2d', ['SCI', 'ERR', 'CON', 'WHT'], 'science error aside weight'],
    ['DES', ['SCI', 'MSK', 'WGT'], 'science mask weight'],
    ['MUSE', ['DATA', 'STAT', 'DQ'], 'science variance mask'],
    ['Herschel', ['image', 'error', 'coverage'], 'science error coverage'],
    ['LSST', ['IMAGE', 'MASK', 'VARIANCE'], 'science mask variance'],
    ['Gemini', ['SCI', 'VAR', 'DQ'], 'science variance mask'],
    [
      'NIKA2',
      ['Brightness_1mm', 'Stddev_1mm', 'Nhits_1mm', 'SNR_1mm', 'Weight_2mm'],
      'science error aside aside weight',
    ],
    ['SPHEREx', ['IMAGE', 'FLAGS', 'VARIANCE', 'ZODI', 'PSF'], 'science mask variance aside aside'],
    ['AzTEC', ['SIGNAL', 'WEIGHT', 'KERNEL', 'COVERAGE'], 'science weight aside coverage'],
    ['HELP', ['IMAGE', 'NEBFILT', 'ERROR', 'EXPOSURE', 'MASK'], 'science aside error aside mask'],
    ['JCMT', ['A1.DATA_ARRAY', 'A1.VARIANCE', 'A1.QUALITY', 'A1.EXP_TIME'], 'science variance mask aside'],
    ['CCDs', ['N1', 'S31', 'CCD2', 'im3', 'D4'], 'science science science science science'],
    ['numbered', ['SCI1', 'ERR1', 'SCI_2', 'VAR_2'], 'science error science variance'],
    ['ours and others', ['H_ALPHA', 'ALPHA'], 'science alpha'],
    ['models', ['SCI', 'MODEL', 'PSF', 'CHI2', 'NOBS', 'SEG', 'UNC'], 'science aside aside aside aside aside error'],
    [
      'ESO',
      [
        'C.INT1 HDUCLAS2=DATA',
        'C.INT1.E HDUCLAS2=ERROR HDUCLAS3=MSE',
        'C.INT1.Q HDUCLAS2=QUALITY',
        'C.INT1.W HDUCLAS2=ERROR HDUCLAS3=INVMSE',
        'C.INT1.R HDUCLAS2=ERROR',
      ],
      'science variance mask weight error',
    ],
    ['Euclid VIS', ['1-1.E.SCI', '1-1.E.RMS', '1-1.E.FLG'], 'science error mask'],
    ['Gnuastro', ['INPUT-NO-SKY', 'DETECTIONS', 'SKY', 'SKY_STD'], 'science aside aside error'],
    ['Gnuastro segments', ['INPUT-NO-SKY', 'CLUMPS', 'OBJECTS', 'SKY_STD'], 'science aside aside error'],
    ['words with a space', ['Signal map', 'Weight map', 'Noise map', 'weight-map'], 'science weight error weight'],
    ['Stokes', ['STOKES_I', 'weight_I', 'ERROR Q', 'mask_u'], 'science weight error mask'],
    [
      'astropy',
      [
        '',
        'UNCERT UTYPE=InverseVariance',
        'UNCERT UTYPE=VarianceUncertainty',
        'UNCERT UTYPE=StdDevUncertainty',
        'MASK',
      ],
      'science weight variance error mask',
    ],
    [
      'legacypipe',
      ['A IMTYPE=image', 'B IMTYPE=invvar', 'C IMTYPE=dqmask', 'D IMTYPE=galdepth'],
      'science weight mask aside',
    ],
    ['afw', ['A EXTTYPE=IMAGE', 'B EXTTYPE=MASK', 'C EXTTYPE=VARIANCE'], 'science mask variance'],
  ])('%s', (_, names, roles) => {
    expect(
      rolesOf(file('a.fits', [empty(), ...extensions(...names)]))
        .slice(1)
        .join(' '),
    ).toBe(roles);
  });
});

test('names of more than one word', () => {
  const names = ['CHIP1', 'CHIP1 MASK', 'CHIP1 WEIGHT', 'H ALPHA', 'MASK OF STARS'];
  const roles = rolesOf(file('a.fits', [empty(), ...names.map((name, at) => hdu({ index: at + 1, name }))]));
  expect(roles.slice(1)).toEqual(['science', 'mask', 'weight', 'science', 'science']);
});

describe('what the primary header says', () => {
  test.each<[HduFacts['keywords'], string]>([
    [{ PRODTYPE: 'image' }, 'science'],
    [{ PRODTYPE: 'wtmap' }, 'weight'],
    [{ PRODTYPE: 'dqmask' }, 'mask'],
    [{ PRODCATG: 'SCIENCE.IMAGE' }, 'science'],
    [{ PRODCATG: 'ANCILLARY.WEIGHTMAP' }, 'weight'],
    [{ IMAGETYP: 'Master Flat' }, 'aside'],
    [{ IMAGETYP: 'FLAT' }, 'aside'],
    [{ OBSTYPE: 'dome flat' }, 'aside'],
    [{ FRAME: 'Bias' }, 'aside'],
    [{ FRAME: 'Light' }, 'science'],
    [{ IMAGETYP: 'Light Frame' }, 'science'],
    [{ IMAGETYP: 'LIGHT' }, 'science'],
    [{ OBSTYPE: 'object' }, 'science'],
    [{ OBSTYPE: 'IMAGING' }, 'science'],
  ])('%j', (keywords, role) => {
    expect(rolesOf(file('a.fits', [empty(keywords), hdu({ index: 1, name: 'N1' })]))[1]).toBe(role as never);
    expect(rolesOf(file('a.fits', [hdu({ keywords })]))[0]).toBe(role as never);
  });

  test('is of the file, not of the planes in it', () => {
    const planes = extensions('SCI', 'ERR');
    expect(rolesOf(file('a.fits', [empty({ PRODTYPE: 'image' }), ...planes])).slice(1)).toEqual(['science', 'error']);
  });

  test('a name that might be that of an image makes a plane only beside one of its shape', () => {
    expect(rolesOf(file('a.fits', [hdu({ name: 'MODEL' })]))).toEqual(['science']);
    const other = file('a.fits', [hdu(), hdu({ index: 1, name: 'MODEL', width: 7 })]);
    expect(rolesOf(other)).toEqual(['science', 'science']);
  });
});

test('a mosaic of ours is known when it was packed, too', () => {
  const own = hdu({ keywords: { CREATOR: 'zemosaic 1.2.3' } });
  const packed = hdu({ ...own, index: 1, kind: 'compressed' });
  expect([isOurs(file('m.fits', [own])), isOurs(file('m.fits.fz', [empty({}), packed]))]).toEqual([true, true]);
  expect(isOurs(file('other.fits', [empty({}), hdu({ index: 1 }), hdu({ ...own, index: 2 })]))).toBe(false);
});

describe('opacities', () => {
  test('are asked for their values where neither we nor their size say what they are', () => {
    const alpha = (more: Partial<HduFacts>, creator = '') =>
      file('a.fits', [hdu({ keywords: { CREATOR: creator } }), hdu({ index: 1, name: 'ALPHA', ...more })]);
    const doubt = (one: ReturnType<typeof alpha>) => doubtfulOpacities([one], new Map(), new Map()).length;
    expect(doubt(alpha({}))).toBe(1);
    expect(doubt(alpha({ bitpix: 8 }))).toBe(0);
    expect(doubt(alpha({}, 'zemosaic 1.2.3'))).toBe(0);
  });

  test.each([
    [-32, 0, 1, true],
    [-32, -0.7, 0.3, false],
    [-32, 0, 1.5, false],
    [16, 0, 255, true],
    [16, 0, 4095, false],
  ])('BITPIX %d from %d to %d: %p', (bitpix, min, max, can) => {
    expect(canBeOpacity(hdu({ bitpix }), { finite: 10, nan: 0, min, max })).toBe(can);
  });
});
