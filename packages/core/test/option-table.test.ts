import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choice } from '../src/config/kind.ts';
import { type MosaicOptions, OPTIONS, type OptionRow, settingsOf } from '../src/config/options.ts';
import { allOf, option } from '../src/config/row.ts';
import type { BackendName, Kernel, Processor } from '../src/device.ts';
import { pixelOptions } from '../src/header/cards.ts';
import { workMark } from '../src/journal/mark.ts';
import { file, hdu, wcs } from './fake-facts.ts';
import { options } from './options.ts';
import { otherText } from './other-text.ts';
import { type Trial, trial } from './trial.ts';

/** The defaults, except for one option. */
function changed(row: OptionRow, text: string): MosaicOptions {
  return { ...options(), [row.key]: row.kind.parse(text) };
}

/** Three tiles for which every option can make a difference. */
async function run(made: MosaicOptions): Promise<Trial> {
  const all = trial('a.fits', 'b.fits', 'c.fits');
  for (const name of ['a', 'b', 'c']) {
    const path = join(all.dir, `${name}.fits`);
    writeFileSync(join(all.dir, `${name}.wcs`), '');
    const keywords = { FILTER: name, MT_NFRAMES: 4, BUNIT: 'Jy/pixel' };
    const sky = wcs({ scaleArcsec: 2 });
    all.fake.script.facts.set(
      path,
      file(path, [hdu({ keywords, wcs: sky }), hdu({ index: 1, keywords, wcs: sky }), hdu({ index: 2, name: 'DQ' })]),
    );
  }
  expect(await all.run(made)).toBe(0);
  return all;
}

/** The requests to the engine that determine pixels. */
function pixels({ dir, fake: { asked } }: Trial): unknown {
  const specs = JSON.stringify(asked.specs).replaceAll(dir, '');
  const matches = asked.matches.map(({ model, gain }) => ({ model, gain }));
  return { specs, matches, pixels: asked.pixels, grid: asked.gridOptions, like: asked.like };
}

/** The requests that determine how they are stored in files. */
function layout({ fake: { asked } }: Trial): unknown {
  const keys = asked.output?.cards.map(({ key }) => key).filter((key) => key !== 'HISTORY');
  return { keys, split: asked.output?.split };
}

const mark = (made: MosaicOptions, backend = 'cpu') =>
  JSON.stringify(workMark({ version: '0', backend, options: made }));

describe.each(OPTIONS.map((row) => [row.name, row] as const))('--%s', (name, row) => {
  const text = otherText(row);
  if (text === null) {
    test('has one value, and changes nothing', () => {
      expect([row.kind.allowed, row.affects]).toEqual([String(row.default), 'work']);
    });
    return;
  }

  test('affects what the table says, judged by the requests to the engine', async () => {
    const [plain, other] = [await run(options()), await run(changed(row, text))];
    const what = Bun.deepEquals(pixels(plain), pixels(other))
      ? Bun.deepEquals(layout(plain), layout(other))
        ? 'work'
        : 'file'
      : 'pixels';
    expect(what).toBe(row.affects);
  });

  test('is in HISTORY if it affects pixels, and in the fingerprint unless it affects only work', () => {
    const told = pixelOptions(changed(row, text));
    expect(new RegExp(`(^| )${name}(=| |$)`).test(told)).toBe(row.affects === 'pixels');
    expect(told === pixelOptions(options())).toBe(row.affects !== 'pixels');
    expect(mark(changed(row, text)) === mark(options())).toBe(row.affects === 'work');
  });
});

test('another device is another run, except on the CPU', () => {
  expect(mark(options({ device: 3 }))).toBe(mark(options()));
  expect(mark(options({ device: 3 }), 'cuda')).not.toBe(mark(options(), 'cuda'));
  expect(mark(options(), 'cuda')).not.toBe(mark(options()));
});

test('options have a value for each row, under different names', () => {
  expect(Object.keys(options())).toEqual(OPTIONS.map(({ key }) => key));
  expect(new Set(OPTIONS.map(({ key }) => key)).size).toBe(OPTIONS.length);
  expect(options()).toMatchObject({ matchBackground: 'offset', noCpuFallback: false, vramSafeFraction: 0.25 });
  expect(settingsOf(options({ chunkMb: 7 })).find(({ row }) => row.name === 'chunk-mb')?.value).toBe(7);
});

test('tsc rejects what the table and the engine do not know', () => {
  // @ts-expect-error: no such kernel
  options({ kernel: 'bilinaer' });
  // @ts-expect-error: no such rule
  options({ combine: 'kappasigma' });
  // @ts-expect-error: no such option
  options({ sharpness: 1 });
  const { kernel, ...rest } = options();
  // @ts-expect-error: an option is missing
  const incomplete: MosaicOptions = rest;
  // @ts-expect-error: null is not a kernel
  const complete: MosaicOptions = { ...rest, kernel: null };
  // @ts-expect-error: a list that lacks a kernel
  allOf<Kernel>()(['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4']);
  // @ts-expect-error: a list with one too many
  allOf<Kernel>()(['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4', 'exact', 'lanczos5']);
  // @ts-expect-error: a default that is not a value
  option('Pixels', 'pixels', choice(['none', 'offset']), 'plane', 'HOW', '');
  // @ts-expect-error: a chunk on a device needs its bytes
  const chunk: Processor = { processor: 'device' };
  // @ts-expect-error: `auto` is a request, not a backend
  const backend: BackendName = 'auto';
  const known: Kernel | 'auto' = kernel;
  expect([incomplete, complete, chunk, backend, known].length).toBe(5);
});
