import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { lineOf } from '../src/error.ts';
import { escaped } from '../src/page/svg.ts';
import { printable, printableJson } from '../src/printable.ts';

describe('text from outside', () => {
  test('shows what would act on a terminal or deceive the eye', () => {
    expect(printable('a\x1b]0;t\x07\x1b[2J.fits')).toBe('a\\x1b]0;t\\x07\\x1b[2J.fits');
    expect(printable('a\nb\r\tc\x7f\x9b')).toBe('a\\nb\\r\\tc\\x7f\\x9b');
    expect(printable('x\u202Estif.a\u2066\u200B\u2028')).toBe('x\\u202estif.a\\u2066\\u200b\\u2028');
    expect(printable('\uD800')).toBe('\\ud800');
    expect(printable('\u{E0041}')).toBe('\\udb40\\udc41');
    expect(printable('a\u3164b\u2800c\u034Fd\u17B4e\u{1D173}')).toBe('a\\u3164b\\u2800c\\u034fd\\u17b4e\\ud834\\udd73');
  });

  test('leaves all other text as it is', () => {
    const names = ['M31 – Andromède.fits', 'C:\\tiles\\a.fits', '星雲 🌌.fits', 'α²/β', 'سديم', 'a\u0301'];
    for (const name of names) expect(printable(name)).toBe(name);
  });

  test('property: nothing unseen is left, and JSON keeps its value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
        expect(printable(printable(text))).toBe(printable(text));
        const json = printableJson(JSON.stringify({ text }));
        expect(json).not.toMatch(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });

  test('lines and pages use it', () => {
    expect(lineOf({ path: 'a\nb', hdu: 1, reason: 'bad' })).toBe('a\\nb[1]: bad');
    expect(escaped('<a\x1b>')).toBe('&lt;a\\x1b&gt;');
  });
});
