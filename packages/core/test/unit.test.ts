import { expect, test } from 'bun:test';
import { sameUnit } from '../src/tiles/unit.ts';

test.each([
  ['ADU', 'adu', ' Adu '],
  ['electron/s', 'ELECTRONS/S', 'electrons / sec', 'e-/s', 'electron s-1', 'electrons s**-1', 'electron.s^(-1)'],
  ['Jy/pix', 'Jy/pixel', 'JY/PIXEL', 'Jy pixel-1', 'Jy per pixel'],
  ['Jy/beam', 'JY/BEAM', 'Jy beam-1'],
  ['MJy/sr', 'MJy sr-1', 'MJy / sr'],
  ['count', 'counts', 'COUNTS', 'cts'],
  ['erg/s/cm2/Angstrom', 'erg s-1 cm-2 Angstrom-1', 'erg/s/cm**2/Angstrom'],
  ['nanomaggy', 'nanomaggies', 'nMgy'],
])('%s in other spellings', (...units) => expect(new Set(units.map((unit) => sameUnit(String(unit)))).size).toBe(1));

test.each([
  ['mJy', 'MJy'],
  ['MJy/sr', 'Jy/sr'],
  ['Jy/pixel', 'Jy/beam'],
  ['electron', 'electron/s'],
  ['ADU', 'electron'],
  ['', 'ADU'],
  ['erg/s/cm2', 'erg/s/cm3'],
])('%p is not %p', (one, other) => expect(sameUnit(String(one))).not.toBe(sameUnit(String(other))));
