import { expect, test } from 'bun:test';
import { countingLine, TroubleKinds } from '../src/trouble-kinds.ts';

const lineFor = (...paths: string[]) => {
  const kinds = new TroubleKinds();
  for (const path of paths) kinds.add({ code: 'some', path, reason: 'is odd' });
  return [...kinds].map(countingLine);
};

test('files are counted, and HDUs where a file has several', () => {
  expect(lineFor('a.fits', 'b.fits')).toEqual(['2 files: is odd (a.fits, b.fits)']);
  expect(lineFor('a.fits', 'a.fits', 'a.fits')).toEqual(['3 HDUs of 1 file: is odd (a.fits)']);
  expect(lineFor('a.fits', 'a.fits', 'b.fits')).toEqual(['3 HDUs of 2 files: is odd (a.fits, b.fits)']);
});
