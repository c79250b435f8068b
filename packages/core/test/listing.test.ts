import { expect, test } from 'bun:test';
import { namesIn } from '../src/inputs/listing.ts';

test('a folder that is not there holds nothing; one that cannot be read is told', () => {
  expect(namesIn('/nowhere/at/all')).toEqual([]);
  expect(() => namesIn(`/${'a'.repeat(5000)}`)).toThrow('name too long');
});
