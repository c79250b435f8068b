import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { outputDate, parseDate } from '../src/date.ts';
import { outputCards } from '../src/header/cards.ts';
import type { BackgroundReport } from '../src/report/report.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu } from './fake-facts.ts';
import { options } from './options.ts';

function tile(path: string, keywords: Record<string, string | number | boolean>, weight = 1): Tile {
  return { path, hdu: hdu({ keywords }), spec: { path, hdu: 0, weight, fluxScale: 1 }, weightKeyword: null };
}

function cards(tiles: Tile[], more = {}, background: BackgroundReport | null = null) {
  const made = outputCards(tiles, { version: '0.1.0', options: options(more), date: null, background });
  const value = (key: string) => made.find((card) => card.key === key)?.value;
  return { made, value, history: made.filter((card) => card.key === 'HISTORY').map((card) => String(card.value)) };
}

describe('output cards', () => {
  test('BUNIT and FILTER only when all agree', () => {
    const { value } = cards([
      tile('a.fits', { BUNIT: 'adu', FILTER: 'g' }),
      tile('b.fits', { BUNIT: 'adu ', FILTER: 'r' }),
    ]);
    expect(value('BUNIT')).toBe('adu');
    expect(value('FILTER')).toBeUndefined();
  });

  test('the span of time, EXPTIME as weighted mean, TEXPTIME as sum', () => {
    const { value } = cards([
      tile('a.fits', { 'DATE-OBS': '2020-01-02T00:00:00', EXPTIME: 10 }, 3),
      tile('b.fits', { 'DATE-OBS': '2020-01-01T12:00:00.5', EXPTIME: 50 }, 1),
    ]);
    expect(value('DATE-OBS')).toBe('2020-01-01T12:00:00.500');
    expect(value('DATE-END')).toBe('2020-01-02T00:00:10.000');
    expect(value('EXPTIME')).toBe(20);
    expect(value('TEXPTIME')).toBe(60);
    expect(value('NCOMBINE')).toBe(2);
  });

  test('where values add up, exposures add up too', () => {
    const tiles = [tile('a.fits', { EXPTIME: 10 }, 3), tile('b.fits', { EXPTIME: 50 })];
    const { value } = cards(tiles, { combine: 'sum' });
    expect([value('EXPTIME'), value('TEXPTIME')]).toEqual([60, 60]);
  });

  test('channels by filter: their names and filters, and each tile counted once', () => {
    const [ha, oiii] = [
      tile('ha.fits', { FILTER: 'Ha', EXPTIME: 10 }),
      tile('o.fits', { FILTER: 'OIII', EXPTIME: 30 }),
    ];
    const at = (one: Tile, channel: number) => ({ ...one, spec: { ...one.spec, channel } });
    const channels = ['Ha', 'OIII', 'OIII'].map((filter, n) => ({ name: 'RGB'[n] ?? '', filter }));
    const { value, history } = cards([at(ha, 0), at(oiii, 1), at(oiii, 2)], { channels });
    expect([1, 2, 3].map((n) => [value(`CHANNEL${n}`), value(`FILTER${n}`)])).toEqual([
      ['R', 'Ha'],
      ['G', 'OIII'],
      ['B', 'OIII'],
    ]);
    expect([value('NCOMBINE'), value('TEXPTIME'), value('FILTER')]).toEqual([2, 40, undefined]);
    expect(history.join('').replace(/\s+/g, ' ')).toContain('channels=R=Ha,G=OIII,B=OIII');
    expect(history.slice(-3)).toEqual(['tile ha.fits channel=R', 'tile o.fits channel=G', 'tile o.fits channel=B']);
  });

  test('HISTORY mentions a soft edge only if there is one', () => {
    expect(cards([tile('a.fits', {})], { feather: 12.5 }).history.join('')).toContain('feather=12.5');
    expect(cards([tile('a.fits', {})]).history.join('')).not.toContain('feather');
    expect(cards([tile('Fläche née 雲.fits', {})]).history.join('')).toContain('Flache nee ?.fits');
    expect(cards([tile('a.fits', {})], { blank: 0 }).history.join('')).toContain('blank=0');
    expect(cards([tile('a.fits', {})]).history.join('')).toContain('blank=auto');
  });

  test('no EXPTIME where a tile has none', () => {
    expect(cards([tile('a.fits', { EXPTIME: 10 }), tile('b.fits', {})]).value('EXPTIME')).toBeUndefined();
  });

  test('HISTORY names options that change pixels, and only base names of files', () => {
    const { history } = cards([tile('/secret/place/a.fits', {}, 4)], {
      threads: 3,
      chunkRows: 7,
      like: '/secret/ref.fits',
    });
    const text = history.join(' ');
    expect(text).toContain('kernel=bilinear combine=mean');
    expect(text).toContain('tile a.fits weight=4');
    expect(text).toContain('like=ref.fits');
    expect(text).not.toMatch(/secret|threads|chunk/);
  });

  test('HISTORY shows what matching did to each tile, channel by channel', () => {
    const change = { path: 'a.fits', hdu: 0, channel: null, group: 0, gain: 1, offset: 1.25, slope_x: 0, slope_y: 0 };
    const channel = { pairs: 1, rms_before: 2, rms_after: 0, notes: [] };
    const background = {
      ...{ model: 'plane', gain: true, bytes_read: 0, ms: 0 },
      channels: [
        { ...channel, tiles: [change, { ...change, path: 'b.fits', offset: 0 }] },
        {
          ...channel,
          tiles: [
            { ...change, gain: 1.5, slope_x: -0.5 },
            { ...change, path: 'b.fits', offset: 0 },
          ],
        },
      ],
    };
    const tiles = [tile('a.fits', {}), tile('b.fits', {})];
    const { history } = cards(tiles, { matchBackground: 'plane', matchGain: true }, background);
    const text = history.join('').replace(/\s+/g, ' ');
    expect(text).toContain('match-background=plane match-gain');
    expect(text).toContain(
      'tile a.fits gain=1.000000 1.500000 offset=1.250000 1.250000 slope=0.000000,0.000000 -0.5000000,0.000000',
    );
    expect(history.at(-1)).toBe('tile b.fits');
  });

  test('property: every HISTORY line fits its card and is plain ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        for (const line of cards([tile(`${name}.fits`, {})]).history) {
          expect(line.length).toBeLessThanOrEqual(70);
          expect(line).toMatch(/^[\x20-\x7e]*$/);
        }
      }),
    );
  });
});

describe('dates', () => {
  test.each([
    ['2015-01-10T05:37:18.52', '2015-01-10T05:37:18.520Z'],
    ['2015-01-10', '2015-01-10T00:00:00.000Z'],
    ['2015-01-10T05:37', '2015-01-10T05:37:00.000Z'],
  ])('%s', (text, iso) => expect(parseDate(text)).toBe(Date.parse(iso)));

  test.each([
    ['30/03/76', '1976-03-30'],
    ['1/1/99', '1999-01-01'],
    [' 29/02/1996 ', '1996-02-29'],
    ['05/11/03', '1903-11-05'],
  ])('%s, as before 2000', (text, iso) => expect(parseDate(text)).toBe(Date.parse(iso)));

  test.each(['30/02/76', '03/30/76', '1/1', '', '2015-13-40', 'yesterday'])('%p is no date', (text) =>
    expect(parseDate(text)).toBeNull(),
  );

  test('DATE: now, or SOURCE_DATE_EPOCH, or none', () => {
    const now = () => Date.parse('2026-01-02T03:04:05.678Z');
    expect(outputDate(false, '0', now)).toBe('2026-01-02T03:04:05');
    expect(outputDate(true, '86400', now)).toBe('1970-01-02T00:00:00');
    expect(outputDate(true, undefined, now)).toBeNull();
    expect(outputDate(true, 'x', now)).toBeNull();
    expect(outputDate(true, '999999999999', now)).toBeNull();
  });
});
