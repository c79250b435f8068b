import { describe, expect, test } from 'bun:test';
import type { FileFacts, HduFacts } from '../src/device.ts';
import { filterOf } from '../src/tiles/filter.ts';
import { keywordsFor } from '../src/tiles/select.ts';
import { framesOfHistory } from '../src/tiles/weight.ts';
import { bare, file, hdu, wcs } from './fake-facts.ts';
import { alone, beside, select } from './selecting.ts';

describe('--hdu', () => {
  const many = file('a.fits', [
    bare({ index: 0, kind: 'empty' }),
    hdu({ index: 1, name: 'SCI' }),
    hdu({ index: 2, name: 'ERR' }),
    hdu({ index: 3, name: 'DQ' }),
    hdu({ index: 4, name: 'CCD2', wcs: wcs({ center: [11, 20] }) }),
    hdu({ index: 5, name: 'WHT', width: 1 }),
  ]);

  test('auto takes the first HDU on the sky and counts the others', () => {
    const { tiles, notes } = select([many]);
    expect(tiles.map((tile) => tile.hdu.index)).toEqual([1]);
    expect(notes.find((note) => note.code === 'other_hdus')?.message).toContain('1 more image HDU has');
  });

  test('what lies exactly on the image is counted apart, and --hdu all is not advised', () => {
    const planes = ['COUNTS', 'PURITY', 'GLOW'].map((name, at) => hdu({ index: at + 1, name }));
    const ccd = hdu({ index: 4, name: 'CCD2', wcs: wcs({ center: [11, 20] }) });
    const said = (one: FileFacts) => select([one]).notes.map(({ message }) => message);
    expect(said(file('a.fits', planes.slice(1)))).toEqual([
      '1 more image HDU lies exactly on the one that is taken, as maps do that belong to it, and is left out (GLOW); --hdu NAME takes another instead',
    ]);
    const [ccds, maps] = said(file('a.fits', [hdu(), ...planes.slice(1), ccd]));
    expect(ccds).toBe('1 more image HDU has sky coordinates and is left out; use --hdu all to take them');
    expect(maps).toStartWith('2 more image HDUs lie exactly on');
  });

  test('all takes every science HDU, never weight, mask or error', () => {
    expect(select([many], { hdu: 'all' }).tiles.map((tile) => tile.hdu.index)).toEqual([1, 4]);
  });

  test('by number and by name', () => {
    expect(select([many], { hdu: '4' }).tiles.map((tile) => tile.hdu.index)).toEqual([4]);
    expect(select([many], { hdu: 'ccd2' }).tiles.map((tile) => tile.hdu.index)).toEqual([4]);
    const ccds = file(
      'ccds.fits',
      [1, 2, 3].map((index) => hdu({ index, name: index === 2 ? 'WHT' : 'SCI' })),
    );
    expect(select([ccds], { hdu: 'sci' }).tiles.map((tile) => tile.hdu.index)).toEqual([1, 3]);
    expect(select([many], { hdu: 'NONE' }).skipped[0]).toMatchObject({ code: 'no_such_hdu' });
  });

  test('PRIMARY, and names with a version, as cfitsio and IRAF have them', () => {
    const ccds = file('ccds.fits', [
      hdu({ index: 0 }),
      ...[1, 2].map((index) => hdu({ index, name: 'SCI', keywords: { EXTVER: index } })),
      hdu({ index: 3, name: 'CCD' }),
    ]);
    const chosen = (which: string) => select([ccds], { hdu: which }).tiles.map((tile) => tile.hdu.index);
    expect(chosen('primary')).toEqual([0]);
    expect(chosen('SCI,2')).toEqual([2]);
    expect(chosen('sci , 1')).toEqual([1]);
    expect(chosen('ccd,1')).toEqual([3]);
    expect(select([ccds], { hdu: 'SCI,3' }).skipped[0]?.reason).toContain('has no HDU SCI,3; it has 0, 1 SCI');
  });

  test('HDUs that are named with their file go before --hdu', () => {
    const hdus = new Map([['a.fits', ['1', 'CCD2']]]);
    const { tiles, notes } = select([many], { hdu: 'all', hdus, weights: 'none', mask: 'none' });
    expect(tiles.map((tile) => tile.hdu.index)).toEqual([1, 4]);
    expect(notes).toEqual([]);
  });

  test('a broken WCS says more than a missing one', () => {
    const { wcs: _, ...rest } = hdu({ index: 1 });
    const broken = { ...rest, wcsProblem: { code: 'singular', reason: 'CD is singular' } };
    expect(select([file('a.fits', [bare(), broken])]).skipped[0]).toMatchObject({ code: 'singular' });
  });
});

describe('what is no tile', () => {
  const mosaic = (path: string, creator = 'zemosaic 0.1.0') =>
    file(path, [hdu({ keywords: { CREATOR: creator } }), bare({ index: 1, name: 'COVERAGE' })]);
  const history =
    'zemosaic 0.1.0 kernel=bilinear\ntile a.fits[1] weight=2\ntile a very long name of\n  a file.fits gain=1.1';

  test('a mosaic of ours is left out, with a warning, where one of its tiles is an input', () => {
    const told = new Map([['d/m.fits', history]]);
    const { tiles, notes } = select([mosaic('d/m.fits'), file('d/a.fits')], {}, alone, [], { history: told });
    expect(tiles.map((tile) => tile.path)).toEqual(['d/a.fits']);
    expect(notes[0]).toMatchObject({ level: 'warning', code: 'own_output' });
    expect(notes[0]?.message).toContain('d/m.fits: a mosaic of a.fits');
    const long = select([mosaic('d/m.fits'), file('e/a very long name of a file.fits')], {}, alone, [], {
      history: told,
    });
    expect(long.tiles.length).toBe(1);
  });

  test('else it is a tile, weighed by its coverage', () => {
    const told = new Map([['d/m.fits', history]]);
    for (const other of ['d/b.fits', 'd/a.fits.gz', 'd/xa.fits', 'd/a.fit']) {
      const { tiles, notes } = select([mosaic('d/m.fits'), file(other)], {}, alone, [], { history: told });
      expect(tiles.map((tile) => tile.path)).toEqual(['d/m.fits', other]);
      expect(tiles[0]?.spec.weightMap).toEqual({ path: 'd/m.fits', hdu: 1 });
      expect(notes).toEqual([]);
    }
    expect(select([mosaic('d/m.fits')], {}, alone, [], { history: told }).tiles.length).toBe(1);
  });

  test('the coverage of others is no weight', () => {
    const { tiles, notes } = select([mosaic('spire.fits', 'HIPE')]);
    expect(tiles[0]?.spec.weightMap).toBeUndefined();
    expect(notes).toEqual([]);
  });

  test('planes of other inputs are no tiles: one line a kind, louder for those that were named', () => {
    const companions = new Map([
      ...beside('a.fits', 'a_mask.fits', 'mask'),
      ...beside('b.fits', 'b_mask.fits', 'mask'),
    ]);
    const files = ['a.fits', 'a_mask.fits', 'b.fits', 'b_mask.fits'].map((path) => file(path));
    const found = select(files, {}, companions);
    expect(found.tiles.map((tile) => tile.path)).toEqual(['a.fits', 'b.fits']);
    expect(found.notes).toMatchObject([
      { level: 'info', message: '2 masks of other inputs, not tiles (a_mask.fits, b_mask.fits)' },
    ]);
    const named = select(files, {}, companions, [], { named: new Set(['b_mask.fits']) });
    expect(named.notes.map((note) => note.level)).toEqual(['warning', 'info']);
  });

  test('a plane that one image uses is not told as one of no use to another', () => {
    const companions = new Map([...beside('a.fits', 'e.fits', 'error'), ...beside('b.fits', 'e.fits', 'aside')]);
    const { notes } = select(
      ['a.fits', 'b.fits', 'e.fits'].map((path) => file(path)),
      {},
      companions,
    );
    expect(notes[0]?.message).toBe('1 error map of another input, not a tile (e.fits)');
  });

  test('a name alone sets nothing aside', () => {
    const companions = beside('a.fits', 'a_mask.fits', 'mask');
    const other = file('a_mask.fits', [hdu({ width: 99 })]);
    expect(select([file('a.fits'), other], {}, companions).tiles.length).toBe(2);
    expect(select([file('a_mask.fits')], {}, companions).tiles.length).toBe(1);
  });

  test('packed and plain files of one image count once; another sky by the same name does not', () => {
    const { tiles, notes } = select(['a.fit', 'a.fits', 'a.fits.gz', 'b.fits'].map((path) => file(path)));
    expect(tiles.map((tile) => tile.path)).toEqual(['a.fits', 'b.fits']);
    expect(notes).toMatchObject([{ level: 'warning', code: 'same_image' }]);
    expect(notes[0]?.message).toBe('a.fits, a.fit and a.fits.gz are one image; a.fits is taken');
    const other = file('a.fit', [hdu({ wcs: wcs({ center: [10.1, 20] }) })]);
    expect(select([other, file('a.fits')]).tiles.length).toBe(2);
    const inTable = file('a.fits.fz', [bare({ kind: 'empty' }), hdu({ index: 1, kind: 'compressed' })]);
    expect(select([inTable, file('a.fits')]).tiles.map((tile) => tile.path)).toEqual(['a.fits']);
  });

  test('a spectral index is neither opacity nor tile', () => {
    const files = [file('n.fits'), file('n.alpha.fits')];
    const companions = beside('n.fits', 'n.alpha.fits', 'alpha');
    const { tiles } = select(files, {}, companions, [], { notOpacity: new Set(['0 n.alpha.fits']) });
    expect(tiles.map((tile) => tile.spec)).toEqual([{ path: 'n.fits', hdu: 0, weight: 1, fluxScale: 1 }]);
    expect(select(files, {}, companions).tiles[0]?.spec.alpha).toEqual({ path: 'n.alpha.fits', hdu: 0 });
  });

  test.each([
    ['BAYERPAT', 'RGGB'],
    ['COLORTYP', 'GBRG'],
    ['CFA', true],
    ['CFAPAT', 'R G G B'],
  ])('a frame with %s=%s is refused', (key, value) => {
    const { skipped } = select([file('a.fits', [hdu({ keywords: { [key]: value } })])]);
    expect(skipped[0]).toMatchObject({ code: 'cfa' });
    expect(skipped[0]?.reason).toContain(key);
  });

  test.each([
    [{ BAYERPAT: 'RGGB' }, 3],
    [{ COLORTYP: 'GREY SCALE' }, 1],
    [{ BAYERPAT: '' }, 1],
    [{ CFA: false }, 1],
  ])('a frame with %j and %d planes is a tile', (keywords, planes) => {
    expect(select([file('a.fits', [hdu({ keywords, planes })])]).tiles.length).toBe(1);
  });

  test('mono and colour together name both files', () => {
    expect(() => select([file('a.fits'), file('b.fits', [hdu({ planes: 3 })])])).toThrow(
      /a\.fits has 1 plane.*b\.fits 3/,
    );
  });
});

describe('remarks', () => {
  test('tiles that differ in filter, unit or exposure', () => {
    const { notes } = select([
      file('a.fits', [hdu({ keywords: { FILTER: 'g', EXPTIME: 30 } })]),
      file('b.fits', [hdu({ keywords: { FILTER: 'r', EXPTIME: 30 } })]),
    ]);
    expect(notes.map((note) => note.code)).toEqual(['mixed_filter']);
    expect(notes[0]?.message).toContain('g (1), r (1)');
  });

  test('what an extension lacks comes from the primary header, its own first', () => {
    const one = (path: string, primary: HduFacts['keywords'], own: HduFacts['keywords'] = {}) =>
      file(path, [bare({ kind: 'empty', keywords: primary }), hdu({ index: 1, name: 'SCI', keywords: own })]);
    const told = { FILTER: 'F606W', EXPTIME: 500, NCOMBINE: 3, 'DATE-OBS': '2020-01-01' };
    const { tiles, notes } = select([one('a.fits', told), one('b.fits', told, { FILTER: 'F814W', EXPTIME: '' })]);
    expect(notes.map((note) => note.code)).toEqual(['mixed_filter']);
    expect(tiles.map((tile) => tile.hdu.keywords)).toMatchObject([told, { ...told, FILTER: 'F814W' }]);
    expect(tiles.map((tile) => tile.spec.weight)).toEqual([3, 3]);
    // An image in the primary HDU has a unit and a scale of its own.
    const both = file('c.fits', [
      hdu({ keywords: { FLXSCALE: 2, BUNIT: 'Jy', FILTER: 'g' } }),
      hdu({ index: 1, name: 'CCD2' }),
    ]);
    expect(select([both], { hdu: 'all' }).tiles.map((tile) => tile.spec.fluxScale)).toEqual([2, 1]);
  });

  test.each<[HduFacts['keywords'], string]>([
    [{ 'TIME-OBS': '01:02:03.5' }, '2020-01-01T01:02:03.5'],
    [{ UT: '10:00:00', 'UTC-OBS': '11:00:00' }, '2020-01-01T11:00:00'],
    [{ UT: '25:00:00' }, '2020-01-01'],
    [{ UT: 36000 }, '2020-01-01'],
    [{ UT: ' 5:30:10.1' }, '2020-01-01T05:30:10.1'],
    [{ 'TIME-OBS': '05:30', UT: '06:00:00' }, '2020-01-01T05:30:00'],
    [{ UT: 5.5 }, '2020-01-01T05:30:00.000'],
    [{ UT: 23.9999999999 }, '2020-01-01T23:59:59.999'],
    [{ UT: -1 }, '2020-01-01'],
    [{ UTC: 5.5 }, '2020-01-01'],
    [{ 'DATE-OBS': '02/01/98', UT: '05:30:10' }, '1998-01-02T05:30:10'],
    [{ 'DATE-OBS': ' 2/1/95 ', 'TIME-OBS': '5:30:10.5' }, '1995-01-02T05:30:10.5'],
    [{ 'DATE-OBS': '31/02/95', 'TIME-OBS': '5:30:10' }, '31/02/95'],
    [{ 'MJD-OBS': 58849.25 }, '2020-01-01T06:00:00.000'],
    [{ 'MJD-OBS': 58849.25, UT: '07:00:00' }, '2020-01-01T07:00:00'],
    // The day of the night, and the day alone.
    [{ 'MJD-OBS': 58850.25 }, '2020-01-01'],
    [{ 'DATE-OBS': '', 'MJD-OBS': 51911.25 }, '2001-01-02T06:00:00.000'],
    [{ 'DATE-OBS': '', 'MJD-OBS': 51911 }, ''],
    [{ 'DATE-OBS': '', 'MJD-OBS': 0.5 }, ''],
    [{ 'DATE-OBS': '2001-01-02T00:00:00', 'MJD-OBS': 51911.25 }, '2001-01-02T00:00:00'],
  ])('the day of DATE-OBS with the time of %j', (time, date) => {
    const { tiles } = select([file('a.fits', [hdu({ keywords: { 'DATE-OBS': '2020-01-01', ...time } })])]);
    expect(tiles[0]?.hdu.keywords['DATE-OBS']).toBe(date);
  });

  test.each([
    [{ CTYPE1: 'solar_x', CTYPE2: 'solar_y' }, 'write HPLN-TAN and HPLT-TAN'],
    [{ CTYPE1: 'AZ', CTYPE2: 'EL' }, 'its axes AZ and EL (CTYPE1, CTYPE2) are none of the sky'],
    [{}, 'no celestial WCS in any HDU'],
  ])('axes %j that are none of the sky are named', (keywords, reason) => {
    expect(select([file('a.fits', [bare({ keywords })])]).skipped[0]?.reason).toContain(reason);
  });

  test.each<[survey: string, HduFacts['keywords'], string | null]>([
    ['most', { FILTER: 'r', BAND: 'i', INSFILTE: 'z' }, 'r'],
    ['WISE and GALEX', { BAND: 2 }, '2'],
    ['ACS', { FILTER1: 'F606W', FILTER2: 'CLEAR2L' }, 'F606W'],
    ['ACS', { FILTER1: 'CLEAR1L', FILTER2: 'F814W' }, 'F814W'],
    ['ACS of the small camera', { FILTER1: 'CLEAR1S', FILTER2: 'F435W' }, 'F435W'],
    ['ACS with a polarizer', { FILTER1: 'F606W', FILTER2: 'POL0V' }, 'F606W+POL0V'],
    ['WFPC2', { FILTNAM1: 'F606W', FILTNAM2: ' ' }, 'F606W'],
    ['WFPC2, the second wheel', { FILTNAM1: '', FILTNAM2: 'F814W' }, 'F814W'],
    ['Pan-STARRS', { 'FPA.FILTERID': 'g.00000' }, 'g.00000'],
    ['OmegaCAM', { 'ESO INS FILT1 NAME': 'r_SDSS' }, 'r_SDSS'],
    ['HAWK-I', { 'ESO INS FILT1 NAME': 'OPEN', 'ESO INS FILT2 NAME': 'Ks' }, 'Ks'],
    ['FORS', { 'ESO INS FILT1 NAME': 'R_SPECIAL', 'ESO INS FILT2 NAME': 'FREE' }, 'R_SPECIAL'],
    ['WFI', { 'ESO INS FILT1 ID': 'ESO844' }, 'ESO844'],
    ['VIRCAM', { INSFILTE: 'Ks' }, 'Ks'],
    ['several in one', { FILTERS: 'B' }, 'B'],
    ['Spitzer', { CHNLNUM: 3, INSTRUME: 'IRAC' }, '3'],
    ['SDO and Herschel', { WAVELNTH: 250 }, '250'],
    ['NIRISS', { FILTER: 'CLEAR', PUPIL: 'F150W' }, 'F150W'],
    ['NIRCam', { FILTER: 'F444W', PUPIL: 'CLEAR' }, 'F444W'],
    ['NIRCam, a filter in the pupil', { FILTER: 'F444W', PUPIL: 'F470N' }, 'F444W+F470N'],
    ['NIRCam, as told before', { FILTER: 'F444W+F470N', PUPIL: 'F470N' }, 'F444W+F470N'],
    ['NIRCam with a mask', { FILTER: 'F210M', PUPIL: 'MASKRND' }, 'F210M'],
    ['Subaru', { FILTER01: 'W-S-R+', FILTER02: 'NONE' }, 'W-S-R+'],
    ['INT WFC', { WFFBAND: 'r' }, 'r'],
    ['SOFIA', { SPECTEL1: 'HAW_D', SPECTEL2: 'NONE' }, 'HAW_D'],
    ['Keck', { FILNAM: 'K' }, 'K'],
    ['NIRSPEC', { FILNAME: 'K-p' }, 'K-p'],
    ['names of files', { FILNAME: 'n0012.fits', FILNAM: '/data/K' }, null],
    ['Pan-STARRS', { 'FPA.FILTER': 'g.00000' }, 'g.00000'],
    ['NACO', { 'ESO INS OPTI4 NAME': 'empty', 'ESO INS OPTI5 NAME': 'Ks' }, 'Ks'],
    ['SPIRE', { DETECTOR: 'PSW', INSTRUME: 'SPIRE' }, 'PSW'],
    ['SPHEREx', { DETECTOR: 4, TELESCOP: 'SPHEREx' }, 'SPHEREx 4'],
    ['other detectors', { DETECTOR: 4, INSTRUME: 'ACS', TELESCOP: 'HST' }, null],
    ['amateurs', { FILTER: 'Clear' }, 'Clear'],
    ['none', {}, null],
  ])('filter of %s: %j', (_, keywords, filter) => expect(filterOf(keywords)).toBe(filter));

  test('every keyword of a filter is asked of headers', () => {
    const asked = keywordsFor({ weights: 'auto' });
    const named = ['INSFILTE', 'FILTERS', 'CHNLNUM', 'WAVELNTH', 'BAND', 'PUPIL', 'FILTNAM2', 'ESO INS FILT2 ID'];
    named.push('FILTER01', 'WFFBAND', 'SPECTEL1', 'FILNAM', 'DETECTOR', 'TELESCOP', 'RESTFRQ', 'FREQ');
    expect(named.filter((key) => !asked.includes(key))).toEqual([]);
  });

  test('units that differ by their spelling alone are one', () => {
    const said = (...units: string[]) => {
      const files = units.map((unit, at) => file(`${at}.fits`, [hdu({ keywords: { BUNIT: unit } })]));
      return select(files).notes.map(({ message }) => message);
    };
    expect(said('ADU', 'adu ')).toEqual([]);
    expect(said('ADU', 'adu', 'counts')).toEqual([
      'tiles differ in BUNIT: ADU (2), counts (1); they are combined anyway',
    ]);
  });

  test('four planes: colours with their opacity, or four colours', () => {
    const four = file('a.fits', [hdu({ planes: 4 })]);
    const { tiles, notes, channels } = select([four], {}, alone, [], { rgba: new Set(['0 a.fits']) });
    expect([tiles[0]?.spec.fourthIsAlpha, channels]).toEqual([true, 3]);
    expect(notes.map(({ level, code }) => [level, code])).toEqual([['info', 'rgba']]);
    expect(select([four]).channels).toBe(4);
    expect(select([four]).notes.map(({ level, code }) => [level, code])).toEqual([['warning', 'four_planes']]);
  });

  test('bands, Stokes parameters and beams that differ', () => {
    const radio = (path: string, frequency: number, stokes: number, major?: number) => {
      const keywords = { CTYPE3: 'FREQ', CRVAL3: frequency, CTYPE4: 'STOKES', CRVAL4: stokes };
      const beam = major === undefined ? {} : { BMAJ: major, BMIN: major, BPA: 0 };
      return file(path, [hdu({ axes: [100, 80, 1, 1], keywords: { ...keywords, ...beam } })]);
    };
    const said = (...files: FileFacts[]) => select(files).notes.map(({ code, message }) => `${code} ${message}`);
    expect(said(radio('i.fits', 1.4e9, 1), radio('q.fits', 5e9, 2))).toEqual([
      'mixed_band tiles differ in Stokes parameter or frequency: Stokes I, 1.4 GHz (1), Stokes Q, 5 GHz (1); they are combined anyway',
    ]);
    expect(said(radio('a.fits', 1.4e9, 1, 0.01), radio('b.fits', 1.4e9, 1, 0.002))[0]).toContain(
      '36.0" x 36.0" (1), 7.20"',
    );
    expect(said(radio('a.fits', 1.4e9, 1, 0.01), radio('b.fits', 1.4e9, 1, 0.010001))).toEqual([]);
  });

  test.each<[HduFacts['keywords'], HduFacts['keywords'], string[]]>([
    [{ RESTFRQ: 1.4e9 }, { RESTFRQ: 3e9 }, ['1.4 GHz (1), 3 GHz (1)']],
    [{ FREQ: 1.42e9 }, { RESTFRQ: 1.4201e9 }, []],
    [{ FREQ: '143' }, { FREQ: 353 }, ['FREQ 143 (1), FREQ 353 (1)']],
    // Of continuum.
    [{ RESTFRQ: 0 }, {}, []],
    [{ CTYPE3: 'FREQ', CRVAL3: 1.4e9, RESTFRQ: 5e9 }, { FREQ: 1.4e9 }, []],
    [{ CTYPE3: 'STOKES', CRVAL3: 1, FREQ: 1.4e9 }, { CTYPE3: 'STOKES', CRVAL3: 1, FREQ: 3e9 }, ['Stokes I, 3 GHz']],
  ])('frequencies that keywords tell: %j and %j', (own, other, texts) => {
    const files = [own, other].map((keywords, at) => file(`${at}.fits`, [hdu({ axes: [100, 80, 1], keywords })]));
    const notes = select(files).notes.filter(({ code }) => code === 'mixed_band');
    expect(notes.length).toBe(texts.length);
    for (const text of texts) expect(notes[0]?.message).toContain(text);
  });

  test('frame counts of some tiles, and under unlike keywords', () => {
    const said = (...all: HduFacts['keywords'][]) => {
      const files = all.map((keywords, at) => file(`${at}.fits`, [hdu({ keywords })]));
      const { tiles, notes } = select(files);
      return [...tiles.map((tile) => tile.spec.weight), ...notes.map((note) => note.code)];
    };
    expect(said({ NCOMBINE: 50 }, { STACKCNT: 50 })).toEqual([50, 50]);
    expect(said({ NCOMBINE: 50 }, { STACKCNT: 30 })).toEqual([50, 30, 'mixed_frame_counts']);
    expect(said({ NCOMBINE: 50 }, {})).toEqual([50, 1, 'mixed_frame_counts']);
    expect(said({ NCOMBINE: 50 }, { NCOMBINE: 30 })).toEqual([50, 30]);
    expect(said({ NCOMBINE: 1 }, {})).toEqual([1, 1]);
    expect(said({ NUMFRAME: 50 }, { LIGH_CNT: 50 }, { SUBCOUNT: 50 })).toEqual([50, 50, 50]);
    expect(said({ 'ESO PRO DATANCOM': 8 }, { NUMFRAME: 5 })).toEqual([8, 5, 'mixed_frame_counts']);
    // References of ZTF; reads of one exposure of JWST.
    expect(said({ NFRAMES: 15 }, { NFRAMES: 40 })).toEqual([15, 40]);
    expect(said({ NFRAMES: 4, NGROUPS: 7 }, { NFRAMES: 8, NGROUPS: 5 })).toEqual([1, 1]);
    // Exposures of an association, extensions and the like are no frames of a stack.
    expect(said({ NEXTEND: 6, NDRIZIM: 8, NIMAGES: 2, NEXP: 3 }, {})).toEqual([1, 1]);
    expect(framesOfHistory('PixInsight\nImageIntegration.numberOfImages: 24\nmore')).toBe(24);
  });

  test('the same header remark of many files is one line', () => {
    const odd = (path: string) => file(path, [hdu({ wcs: wcs({ warnings: ['SIP without -SIP'] }) })]);
    const { tiles, remarks } = select([odd('a.fits'), odd('b.fits'), odd('c.fits')]);
    expect(remarks(tiles).map((note) => note.message)).toEqual(['SIP without -SIP (a.fits, b.fits, c.fits)']);
    // Nothing more is reported about a file that is not a tile.
    expect(remarks(tiles.slice(1)).map((note) => note.message)).toEqual(['SIP without -SIP (b.fits, c.fits)']);
  });
});
