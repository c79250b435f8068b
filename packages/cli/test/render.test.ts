import { describe, expect, test } from 'bun:test';
import type { RunEvent } from '@zemosaic/core';
import { humanRenderer } from '../src/render/human.ts';
import { Progress } from '../src/render/progress.ts';
import { wantsColour } from '../src/render/style.ts';
import { bytes, percent, position, seconds, table } from '../src/render/words.ts';

const chunk = (at: number, chunks: number) => ({
  event: 'chunk.done' as const,
  channel: 1,
  chunk: at,
  chunks,
  rows: 32,
  rows_done: 32 * at,
  rows_of: 32 * chunks,
  ms: { map: 0, read: 0, upload: 0, kernel: 0, download: 0, write: 0, wait: 0 },
  peak_bytes: 0,
});

function render(terminal: boolean, colour: boolean, events: RunEvent[]) {
  let out = '';
  let err = '';
  const streams = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const renderer = humanRenderer(streams, { quiet: false, debug: false, colour, terminal, elapsed: () => 1.5 });
  for (const event of events) renderer.event(event);
  return { out, err };
}

describe('words', () => {
  test('bytes', () =>
    expect([0, 1536, 5 * 1024 ** 2, 3 * 1024 ** 3].map(bytes)).toEqual(['0 B', '1.5 KB', '5.0 MB', '3.00 GB']));
  test('seconds', () => expect([0.5, 12.34, 61].map(seconds)).toEqual(['0.50 s', '12.3 s', '1 min 01 s']));
  test('never 100 % while something is missing', () =>
    expect([0.99999, 1].map(percent)).toEqual(['99.9 %', '100.0 %']));
  test('positions', () => expect([position([10, -5.5]), position([])]).toEqual(['10.0000 -5.5000', '-']));
  test('columns', () =>
    expect(
      table(
        [
          ['a', '1'],
          ['bb', '10'],
        ],
        [1],
      ),
    ).toEqual(['a     1', 'bb   10']));
});

describe('progress', () => {
  test('a bar on a terminal, cleared before any line', () => {
    const { err } = render(true, false, [chunk(1, 2), { event: 'warning', code: 'x', message: 'careful' }]);
    expect(err).toContain('chunk 1/2');
    expect(err).toEndWith('\r\x1b[KWARN  careful\n');
  });

  test('one plain line for every 5 % elsewhere', () => {
    const events = Array.from({ length: 95 }, (_, at) => chunk(at + 1, 95));
    const lines = render(false, false, events).err.trimEnd().split('\n');
    expect(lines.length).toBe(20);
    expect(lines[0]).toStartWith('  5 %  chunk 5/95');
    expect(lines.at(-1)).toStartWith('100 %  chunk 95/95');
    const few = [1, 2, 3].map((at) => chunk(at, 3));
    expect(render(false, false, few).err.trimEnd().split('\n').length).toBe(3);
  });

  test('the remaining time is estimated from the rows made since the start, not from those of an earlier run', () => {
    let now = 10;
    const progress = new Progress(() => now);
    expect(progress.add(chunk(50, 100)).text).not.toContain('left');
    now = 12;
    expect(progress.add(chunk(60, 100)).text).toContain('60 %  chunk 60/100  12.0 s, about 8.00 s left');
    now = 20;
    expect(progress.add(chunk(100, 100)).text).not.toContain('left');
  });

  test('the end counts the warnings of each kind, without repeating any', () => {
    const done: RunEvent = {
      event: 'run.done',
      outputs: ['m.fits'],
      tiles_used: 3,
      tiles_skipped: 1,
      coverage_fraction: 1,
      bytes: 5,
      seconds: 1,
      report: null,
      warnings: { oom_retry: 2, tile_skipped: 1 },
    };
    expect(render(false, false, [done]).err).toBe('INFO  3 warnings above: oom_retry 2, tile_skipped 1\n');
    expect(render(false, false, [{ ...done, warnings: {} }]).err).toBe('');
  });

  test('no escape codes without a terminal', () => {
    expect(render(false, false, [chunk(1, 1), { event: 'warning', code: 'x', message: 'w' }]).err).not.toContain(
      '\x1b',
    );
  });
});

describe('problems with files', () => {
  const skipped = (path: string, reason = 'no WCS'): RunEvent => ({ event: 'tile.skipped', path, code: 'x', reason });
  const damaged = (path: string): RunEvent => {
    return { event: 'warning', code: 'tile_damaged', message: `${path}: gone`, path, reason: 'gone' };
  };
  const end: RunEvent = {
    ...{ event: 'run.done', outputs: ['m'], tiles_used: 1, tiles_skipped: 0, coverage_fraction: 1, bytes: 1 },
    ...{ seconds: 1, report: null, warnings: {} },
  };
  const said = (...events: RunEvent[]) => render(false, false, events).err.trimEnd().split('\n');

  test('the first of a kind is shown immediately, in full', () => {
    expect(said(skipped('a.fits'), skipped('b.fits', 'other'))).toEqual([
      'WARN  skipped a.fits: no WCS',
      'WARN  skipped b.fits: other',
    ]);
    expect(said(skipped('a.fits'), skipped('b.fits'))).toEqual(['WARN  skipped a.fits: no WCS']);
  });

  test('the others are shown together at the end of that part of the run; if there are two, the other in full', () => {
    expect(said(...['a', 'b'].map((name) => skipped(name)), end)).toEqual([
      'WARN  skipped a: no WCS',
      'WARN  skipped b: no WCS',
    ]);
    expect(said(...['a', 'b', 'c', 'd', 'e'].map((name) => skipped(name)), end)).toEqual([
      'WARN  skipped a: no WCS',
      'WARN  5 tiles skipped: no WCS (a, b, c and 2 more)',
    ]);
    expect(said(damaged('a'), chunk(1, 2), damaged('b'), damaged('c'), end)).toEqual([
      'WARN  a: gone',
      ' 50 %  chunk 1/2  1.50 s',
      'WARN  3 tiles damaged: gone (a, b, c)',
    ]);
  });

  test('warnings that are not about a file are shown each time', () => {
    const oom: RunEvent = { event: 'warning', code: 'oom_retry', message: 'OOM retry 1/3' };
    expect(said(oom, oom, oom)).toEqual(Array.from({ length: 3 }, () => 'WARN  OOM retry 1/3'));
  });
});

describe('colour', () => {
  test.each([
    [{}, true, false, true],
    [{ NO_COLOR: '1' }, true, false, false],
    [{ NO_COLOR: '' }, true, false, true],
    [{ TERM: 'dumb' }, true, false, false],
    [{}, false, false, false],
    [{}, true, true, false],
  ])('%j terminal=%p --no-color=%p: %p', (environment, terminal, noColor, expected) => {
    expect(wantsColour(environment, terminal, noColor)).toBe(expected);
  });
});
