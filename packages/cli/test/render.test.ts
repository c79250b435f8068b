import { describe, expect, test } from 'bun:test';
import type { RunEvent } from '@zemosaic/core';
import { humanRenderer } from '../src/render/human.ts';
import { tellsPlainly } from '../src/render/progress.ts';
import { wantsColour } from '../src/render/style.ts';
import { bytes, percent, position, seconds, table } from '../src/render/words.ts';

const chunk = (at: number, chunks: number): RunEvent => ({
  event: 'chunk.done',
  channel: 1,
  chunk: at,
  chunks,
  rows: 32,
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

  test('plain lines elsewhere, ten at most', () => {
    const events = Array.from({ length: 95 }, (_, at) => chunk(at + 1, 95));
    const lines = render(false, false, events).err.trimEnd().split('\n');
    expect(lines.length).toBe(10);
    expect(lines.at(-1)).toContain('100 %  chunk 95/95');
    expect(tellsPlainly({ chunk: 1, chunks: 1 })).toBe(true);
  });

  test('no escape codes without a terminal', () => {
    expect(render(false, false, [chunk(1, 1), { event: 'warning', code: 'x', message: 'w' }]).err).not.toContain(
      '\x1b',
    );
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
