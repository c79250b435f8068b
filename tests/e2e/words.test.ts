import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { nativeEngine as engine, OPTIONS } from '../../packages/core/src/index.ts';
import { remove, temporary } from './program.ts';

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

/** What went wrong, whether at once or later; null when nothing did. */
async function failure(call: () => unknown): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    return String(error);
  }
}

test('every kernel and rule of the table is known to the engine; no other word gets past the border', async () => {
  const [size, rest] = [
    { columns: 1, rows: 1, repeats: 1, width: 60, height: 50 },
    { overlap: 0, ditherPx: 0, turnDeg: 0, angleDeg: 0 },
  ];
  const sky = {
    scaleArcsec: 2,
    distortion: 'none',
    cornerPx: 0,
    noise: 1,
    starsPerSquareDegree: 0,
    colour: false,
    storage: 'plain',
  };
  const paths = await engine.simulate(dir, { ...size, ...rest, ...sky }, 1);
  const specs = paths.map((path) => ({ path, hdu: 0, weight: 1, fluxScale: 1 }));
  const tiles = await engine.openTiles(specs, engine.unpacked());
  const grid = await engine.autoGrid(tiles, { rotation: 'north-up' });
  const open = (kernel: string, combine: string, backend = 'cpu') =>
    engine.openDevice(tiles, grid, { kernel, combine, mapErrorPx: 1e-4 } as never, backend as never, 0, 1);
  const wordsOf = (name: string) => OPTIONS.find((row) => row.name === name)?.kind.allowed.split(', ') ?? [];

  const kernels = wordsOf('kernel').filter((name) => name !== 'auto');
  expect([kernels.length, wordsOf('combine').length]).toEqual([6, 9]);
  for (const kernel of kernels) expect(await failure(() => open(kernel, 'mean'))).toBeNull();
  for (const rule of wordsOf('combine')) expect(await failure(() => open('bilinear', rule))).toBeNull();
  expect(kernels).toEqual(expect.arrayContaining(engine.deviceKernels()));

  expect(await failure(() => open('lanczos5', 'mean'))).toContain('`Kernel`');
  expect(await failure(() => open('bilinear', 'kappasigma'))).toContain('`Combine`');
  expect(await failure(() => open('bilinear', 'mean', 'auto'))).toContain('`BackendName`');
  expect(await failure(() => engine.autoGrid(tiles, { rotation: 'north' as never }))).toContain('`Rotation`');

  const session = await open('bilinear', 'mean');
  const output = {
    path: join(dir, 'm.fits'),
    cards: [],
    split: false,
    force: false,
    sync: false,
    apart: true,
    run: 'ab12',
    resumable: true,
    done: [],
  };
  session.createOutput(output);
  const rows = { channel: 0, channels: 1, row0: 0, rows: 32 };
  const run = (on: unknown) => failure(() => session.runChunk({ ...rows, on } as never));
  expect(await run({ processor: 'device' })).toContain('maxBytes');
  expect(await run({ processor: 'gpu' })).toContain('`gpu`');
  expect(await run('device')).toContain('processor');
  expect(await run({ processor: 'device', maxBytes: 1e6 })).toContain('no device');
  expect(await run({ processor: 'cpu' })).toBeNull();
  session.abandon(false);
});
