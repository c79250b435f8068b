import { expect, test } from 'bun:test';
import type { FileFacts, HduFacts } from '../src/device.ts';
import { file, hdu, wcs } from './fake-facts.ts';
import { beside, select } from './selecting.ts';

const image = (path: string, more: Partial<HduFacts> = {}) => file(path, [hdu(more)]);
const told = (...files: FileFacts[]) =>
  select(files).notes.flatMap(({ code, path, reason }) => (code === 'plane_like' ? [`${path}: ${reason}`] : []));

test.each<[string, string, Partial<HduFacts>, Partial<HduFacts>, string]>([
  ['t.fits', 't_glow.fits', {}, { bitpix: 8 }, "'glow' behind it, lies on the very same sky and is in whole numbers"],
  ['t.fits', 't_segmap2.fits', {}, { bitpix: 32 }, "'segmap2' behind"],
  ['t_sci.fits', 't_glow_map.fits', {}, { bitpix: 16 }, "'glow_map' behind"],
  ['t.fits', 't.glow.fits', { keywords: { BUNIT: 'Jy' } }, {}, 'and is without its BUNIT'],
  ['t.fits', 't-glow.fits', { keywords: { BUNIT: 'Jy' } }, { keywords: { BUNIT: 's' } }, 'and is in s'],
  ['t.fits', 't glow.fits', { keywords: { EXPTIME: 60, FILTER: 'g' } }, {}, 'and is without its EXPTIME and FILTER'],
])('%s beside %s is told', (first, second, own, other, text) => {
  const [line, ...more] = told(image(first, own), image(second, other));
  expect(line).toStartWith(`${second}: has the name of another tile with `);
  expect(line).toContain(text);
  expect(more).toEqual([]);
});

test.each<[string, string, Partial<HduFacts>, Partial<HduFacts>]>([
  // Nothing tells.
  ['t.fits', 't_glow.fits', {}, {}],
  ['t.fits', 't_glow.fits', { bitpix: 16 }, { bitpix: -32 }],
  ['t.fits', 't_glow.fits', { keywords: { BUNIT: 'ADU' } }, { keywords: { BUNIT: 'adu' } }],
  // On other pixels of the sky, of another shape, of another name.
  ['t.fits', 't_glow.fits', {}, { bitpix: 8, wcs: wcs({ center: [10, 20.001] }) }],
  ['t.fits', 't_glow.fits', {}, { bitpix: 8, width: 50 }],
  ['t.fits', 'u_glow.fits', {}, { bitpix: 8 }],
  // Series: numbers, filters, dates, nights, other words of images.
  ...[
    '1',
    '001',
    'r',
    "r'",
    'Ha',
    'OIII',
    'Ks',
    'B',
    'lum',
    '20200101',
    '2020-01-01',
    'n2',
    'night2',
    'f814w',
    'sci',
  ].map((word): [string, string, Partial<HduFacts>, Partial<HduFacts>] => [
    't.fits',
    `t_${word}.fits`,
    {},
    { bitpix: 16 },
  ]),
  ['a_1.fits', 'a_2.fits', {}, { bitpix: 16 }],
  ['t.fits', 't_deep.fits', { keywords: { FILTER: 'g' } }, { bitpix: 16, keywords: { FILTER: 'r' } }],
])('%s beside %s is not', (first, second, own, other) => {
  expect(told(image(first, own), image(second, other))).toEqual([]);
});

test('words that say little make a plane only on the very pixels of their image', () => {
  const sky = (more: Partial<HduFacts> = {}) => {
    const companions = beside('a.fits', 'a_sky.fits', 'aside', { placed: true });
    return select([image('a.fits'), image('a_sky.fits', more)], {}, companions).tiles.map(({ path }) => path);
  };
  expect(sky()).toEqual(['a.fits']);
  expect(sky({ wcs: wcs({ center: [10, 20.1] }) })).toEqual(['a.fits', 'a_sky.fits']);
});
