import { expect, test } from 'bun:test';
import type { HduFacts } from '../src/device.ts';
import type { SelectOptions } from '../src/tiles/select.ts';
import { file, hdu } from './fake-facts.ts';
import { select } from './selecting.ts';

const told = (more: Partial<SelectOptions>, ...all: HduFacts['keywords'][]) => {
  const files = all.map((keywords, at) => file(`${at}.fits`, [hdu({ keywords })]));
  return select(files, more).notes.flatMap(({ code, message }) => (code === 'mixed_zero_point' ? [message] : []));
};
const said = (...all: HduFacts['keywords'][]) => told({}, ...all);

test('zero points on unlike scales are told, with their groups and what would do', () => {
  expect(said({ MAGZERO: 25 }, { MAGZPT: 25.004 }, { MAGZERO: 30 })).toEqual([
    'zero points of tiles differ, so the same star has up to 100 times the value: MAGZERO/MAGZPT 25 to 25.004 (2: 0.fits, 1.fits), MAGZERO 30 (1: 2.fits); they are combined as they are; --match-gain evens them out, or give each tile FLXSCALE',
  ]);
});

test('a night whose zero points drift is one group from the least to the most', () => {
  const night = Array.from({ length: 12 }, (_, at) => ({ MAGZP: 26 + at / 40, BUNIT: 'DN' }));
  expect(said(...night)[0]).toContain('up to 1.29 times the value: MAGZP 26 to 26.275 (12: 0.fits, 1.fits ...);');
});

test.each(['MAGZERO', 'MAGZPT', 'MAGZP', 'ZEROPT', 'ZEROPNT', 'ZPT', 'ZP', 'PHOTZP'])('%s is a zero point', (key) => {
  expect(said({ [key]: 25 }, { [key]: 25.1 })).toHaveLength(1);
  expect(said({ [key]: 25 }, { [key]: 25.004 })).toEqual([]);
});

test('HST has a flux and its zero point', () => {
  expect(said({ PHOTFLAM: 7.8e-20, PHOTZPT: -21.1 }, { PHOTFLAM: 1.56e-19, PHOTZPT: -21.1 })[0]).toContain('2 times');
  expect(said({ PHOTFLAM: 7.8e-20, PHOTZPT: -21.1 }, { PHOTFLAM: 7.8e-20 })).toEqual([]);
});

test('what is on one scale all the same', () => {
  expect(said({ MAGZP: 25, FLXSCALE: 1 }, { MAGZP: 30, FLXSCALE: 0.01 })).toEqual([]);
  expect(said({ MAGZP: 25, FLXSCALE: 1 }, { MAGZP: 30 })).toHaveLength(1);
  expect(told({ matchGain: true }, { MAGZP: 25 }, { MAGZP: 30 })).toEqual([]);
  expect(said({ MAGZP: 25 }, {})).toEqual([]);
  expect(said({ MAGZP: 25 }, { MAGZP: -99 })).toEqual([]);
  // Zero points of a flux only say in which system its magnitudes are.
  expect(said({ MAGZP: 8.9, BUNIT: 'Jy' }, { MAGZP: 6.9, BUNIT: 'Jy' })).toEqual([]);
});

test('each filter has a zero point of its own', () => {
  expect(said({ MAGZP: 25, FILTER: 'g' }, { MAGZP: 26, FILTER: 'r' })).toEqual([]);
  const three = [
    { MAGZP: 25, FILTER: 'g' },
    { MAGZP: 26, FILTER: 'r' },
    { MAGZP: 27, FILTER: 'r' },
  ];
  expect(said(...three)[0]).toContain('tiles of FILTER r differ');
  const channels = ['g', 'r', 'r'].map((filter, at) => ({ name: 'RGB'[at] ?? '', filter }));
  expect(told({ channels: channels.slice(0, 2) }, ...three)[0]).toContain('tiles of channel G differ');
});
