import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { AppError, asAppError, asProblem, Exit, lineOf } from '../src/error.ts';
import { Warnings } from '../src/report/warnings.ts';
import { brokenFor, skippedFor } from '../src/tiles/skipped.ts';
import { skippedLine, TroubleKinds } from '../src/trouble-kinds.ts';
import { coded } from './fake-engine.ts';

const trouble = (path: string, reason = 'no WCS', code = 'no_wcs') => ({ path, reason, code });

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a problem and its line', () => {
  test('file and HDU come before the reason, once', () => {
    expect(lineOf({ reason: 'no memory' })).toBe('no memory');
    expect(lineOf({ path: 'a.fits', reason: 'empty' })).toBe('a.fits: empty');
    expect(lineOf({ path: 'a.fits', hdu: 0, reason: 'truncated; copy it again' })).toBe(
      'a.fits[0]: truncated; copy it again',
    );
    expect(lineOf({ path: 'a.fits', reason: 'its weight map is broken', map: 'a.weight.fits' })).toBe(
      'a.fits: its weight map is broken (a.weight.fits)',
    );
  });

  test('fields of the addon’s errors are kept', () => {
    const error = Object.assign(coded('bad_header', 'BSCALE is no number'), {
      path: 'a.fits',
      hdu: 2,
      keyword: 'BSCALE',
    });
    expect(asProblem(error)).toEqual({
      code: 'bad_header',
      reason: 'BSCALE is no number',
      path: 'a.fits',
      hdu: 2,
      keyword: 'BSCALE',
    });
    expect(asAppError(error, Exit.input)).toMatchObject({
      code: 'bad_header',
      message: 'a.fits[2]: BSCALE is no number',
    });
    const own = new AppError(Exit.disk, 'exists', 'm.fits: exists');
    expect(asAppError(own, Exit.input)).toBe(own);
  });

  test('the call and the path at the end of the system’s messages are dropped', () => {
    const path = '/nowhere/x, open y.fits';
    const of = (work: () => unknown) => asProblem(thrown(work));
    expect(of(() => readFileSync(path))).toEqual({ code: 'ENOENT', reason: 'no such file or directory', path });
    expect(of(() => readdirSync(path))).toMatchObject({ reason: 'no such file or directory', path });
    expect(of(() => renameSync(path, `${path}2`))).toMatchObject({ reason: 'no such file or directory' });
    expect(asProblem('odd')).toEqual({ code: 'unexpected', reason: 'odd' });
  });
});

describe('a tile that is skipped', () => {
  const spec = {
    ...{ path: 'a.fits', hdu: 1, weight: 1, fluxScale: 1 },
    ...{ weightMap: { path: 'a.weight.fits', hdu: 0 }, alpha: { path: 'a.alpha.fits', hdu: 0 } },
  };

  test('the file at fault is the tile or one of its maps', () => {
    const of = (path: string, hdu?: number) =>
      brokenFor(spec, { ...trouble(path, 'truncated', 'truncated'), ...(hdu === undefined ? {} : { hdu }) });
    expect(lineOf(of('a.fits', 1))).toBe('a.fits[1]: truncated');
    expect(lineOf(of('a.weight.fits'))).toBe('a.fits: its weight map cannot be used: truncated (a.weight.fits)');
    expect(lineOf(of('a.alpha.fits', 3))).toBe(
      'a.fits: its opacity plane cannot be used: HDU 3: truncated (a.alpha.fits)',
    );
    expect(skippedFor('a.fits', { code: 'cfa', reason: 'debayer it', hdu: 0 })).toEqual({
      path: 'a.fits',
      code: 'cfa',
      reason: 'debayer it',
      hdu: 0,
    });
  });
});

describe('kinds of problems', () => {
  const kinds = (...all: ReturnType<typeof trouble>[]) => {
    const made = new TroubleKinds();
    for (const one of all) made.add(one);
    return [...made].map(skippedLine);
  };

  test('a kind is a code and a reason; different numbers do not make another kind', () => {
    expect(kinds(trouble('x/a.fits'))).toEqual(['1 tile skipped: no WCS (a.fits)']);
    expect(
      kinds(trouble('a.fits'), trouble('b.fits'), trouble('c.fits', 'other'), trouble('d.fits', 'no WCS', 'e')),
    ).toEqual([
      '2 tiles skipped: no WCS (a.fits, b.fits)',
      '1 tile skipped: other (c.fits)',
      '1 tile skipped: no WCS (d.fits)',
    ]);
    const short = (path: string, bytes: string) => trouble(path, `needs 1,000 bytes, has ${bytes}`, 'truncated');
    expect(kinds(short('a.fits', '7'), short('b.fits', '1,234.5'), short('c.fits', '9'), short('d.fits', '9'))).toEqual(
      ['4 tiles skipped: needs 1,000 bytes, has 7 (a.fits; likewise b.fits, c.fits and 1 more)'],
    );
  });

  test('a file with several of a kind is named once', () => {
    expect(kinds(trouble('m.fits'), trouble('m.fits'), trouble('n.fits'))).toEqual([
      '3 tiles skipped: no WCS (m.fits, n.fits)',
    ]);
  });

  test('the report has one warning of each kind; events and counts have all', () => {
    const events: string[] = [];
    const heard = new Warnings((event) => events.push(event.event));
    heard.emit({ event: 'warning', code: 'mixed_filter', message: 'g and r' });
    for (const path of ['a.fits', 'b.fits', 'c.fits']) heard.emit({ event: 'tile.skipped', ...trouble(path) });
    heard.emit({ event: 'warning', code: 'tile_damaged', message: 'd.fits: gone', path: 'd.fits', reason: 'gone' });
    expect(events.length).toBe(5);
    expect(heard.counts()).toEqual({ mixed_filter: 1, tile_skipped: 3, tile_damaged: 1 });
    expect(heard.byKind()).toEqual([
      { code: 'mixed_filter', message: 'g and r', count: 1 },
      { code: 'tile_skipped', message: '3 tiles skipped: no WCS (a.fits, b.fits, c.fits)', count: 3 },
      { code: 'tile_damaged', message: 'd.fits: gone', count: 1 },
    ]);
  });
});
