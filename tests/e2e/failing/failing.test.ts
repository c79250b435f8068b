import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from '../canvas.ts';
import { remove, sha256, temporary, zemosaic } from '../program.ts';
import { gpus } from '../protocol/protocol.ts';
import { bytesOf, bytesOfEither, everyCall, layer, library, type Right } from './failing.ts';

const dir = temporary();
afterAll(() => remove(dir));
const failing = library(dir);
if (failing === null) process.stderr.write('e2e: nothing makes calls fail on this system, 1 suite skipped\n');
const backends = [{ name: 'cpu' as const, environment: {} }, ...gpus];

/** Rows of a chunk. */
const ROWS = ['--chunk-rows', '40'];
const CHUNKS = ['--chunk-rows', '150'];
let tiles: string[] = [];
let whole = '';

beforeAll(async () => {
  const canvas = new Canvas(dir, 2200, 100);
  // Wide tiles: their windows, and strips of output, are large blocks; all other allocations are small.
  tiles = ['a', 'b'].map((name, at) =>
    canvas.tile(`${name}.fits`, [at * 100.3, 10.4], {
      ...{ width: 2050, height: 80 },
      value: (x, y) => (x === y ? Number.NaN : 100 + at + ((x * y) % 17)),
    }),
  );
  const out = join(dir, 'whole.fits');
  const ran = await zemosaic(['mosaic', ...tiles, ...LIKE(canvas), '-o', out, '--reproducible', '--backend', 'cpu']);
  expect(ran.exit).toBe(0);
  whole = await sha256(out);
  like = LIKE(canvas);
});
const LIKE = (canvas: Canvas) => ['--like', canvas.like, '--match-background', 'none'];
let like: string[] = [];

/** The output of a run of this backend without any failure. */
async function unharmed(
  name: string,
  environment: Record<string, string>,
  more: readonly string[] = [],
): Promise<string> {
  const out = join(dir, `unharmed-${name}.fits`);
  const words = ['mosaic', ...tiles, ...like, '-o', out, '--backend', name, ...ROWS, '--reproducible', '--force'];
  expect((await zemosaic([...words, ...more], environment)).exit).toBe(0);
  return out;
}

describe.skipIf(failing === null).each(backends)('one failure on $name', ({ name, environment }) => {
  const work = (what: string) => ({
    ...{ dir, name: `${what}-${name}`, environment, library: failing ?? '' },
    argv: [...tiles, ...like, '--backend', name, ...ROWS],
  });

  /** Devices may round differently from the CPU. */
  let own: Right;
  beforeAll(async () => {
    own = await bytesOf(await unharmed(name, environment));
  });

  test('of the disk, wherever it comes: the right bytes, or exit 5 and the right bytes next time', async () => {
    const failed = await everyCall({ ...work('disk'), kind: { write: true } }, own, [5]);
    process.stdout.write(`${name}: ${JSON.stringify(failed)} of the disk\n`);
    expect(failed.calls).toBeGreaterThan(10);
    expect(failed.resumed).toBeGreaterThan(0);
  });

  test('of memory for pixels: the right bytes, or exit 6 and the right bytes next time', async () => {
    // wgpu's shader compiler allocates a block of 320 kB; if that fails, the process ends.
    const memory = name === 'wgpu' ? 400_000 : 100_000;
    const failed = await everyCall({ ...work('memory'), kind: { memory } }, own, [6]);
    process.stdout.write(`${name}: ${JSON.stringify(failed)} of memory\n`);
    expect(failed.calls).toBeGreaterThan(name === 'wgpu' ? 1 : 5);
  });
});

describe.skipIf(failing === null)('memory that fails once', () => {
  test('for compressed tiles, and where tiles are compared: exit 6 and the right bytes next time, no tile is damaged', async () => {
    const canvas = new Canvas(dir, 2200, 400);
    const packed = ['c', 'd'].map((name, at) =>
      canvas.compressed(
        `${name}.fits.fz`,
        [at * 100.3, 10.4],
        {
          ...{ width: 2050, height: 380 },
          value: (x, y) => (x === y ? Number.NaN : 100 + at + ((x * 7919 + y * 104_729) % 4093)),
        },
        190,
      ),
    );
    const argv = [...packed, '--like', canvas.like, '--match-background', 'offset', '--backend', 'cpu', ...CHUNKS];
    const out = join(dir, 'compressed-whole.fits');
    expect((await zemosaic(['mosaic', ...argv, '-o', out, '--reproducible'])).exit).toBe(0);
    const work = { dir, name: 'compressed', environment: {}, library: failing ?? '', argv, kind: { memory: 100_000 } };
    const failed = await everyCall(work, await bytesOf(out), [6]);
    process.stdout.write(`compressed: ${JSON.stringify(failed)} of memory\n`);
    expect(failed.exits[6]).toBeGreaterThan(10);
  });
});

describe('device memory', () => {
  test.skipIf(!gpus.some(({ name }) => name === 'cuda'))(
    'the n-th allocation of the driver fails, for each n: the same bytes after one retry',
    async () => {
      const driver = gpus.find(({ name }) => name === 'cuda')?.environment ?? {};
      let nth = 1;
      let own = '';
      for (; ; nth += 1) {
        const out = join(dir, 'device.fits');
        const words = [
          'mosaic',
          ...tiles,
          ...like,
          '-o',
          out,
          '--backend',
          'cuda',
          ...ROWS,
          '--reproducible',
          '--force',
        ];
        const ran = await zemosaic(words, { ...driver, FAKE_CUDA_FAIL_ALLOC: String(nth) });
        expect(`${nth} ${ran.exit}`).toBe(`${nth} 0`);
        own ||= await sha256(await unharmed('cuda', driver));
        expect(await sha256(out)).toBe(own);
        if (!ran.err.includes('OOM retry 1/3')) break;
        expect(ran.err).not.toContain('OOM retry 2/3');
      }
      process.stdout.write(`cuda: ${nth - 1} allocations of the device failed\n`);
      expect(nth).toBeGreaterThan(5);
    },
  );

  const vulkan = layer(dir);
  // wgpu itself allocates less if one of its blocks is refused, so not every failed allocation causes a retry.
  test.skipIf(vulkan === null || !gpus.some(({ name }) => name === 'wgpu')).each([
    { kind: { vulkan: 'vkAllocateMemory' }, words: [], retried: 0 },
    { kind: { vulkan: 'vkAllocateMemory' }, words: ['--combine', 'median'], retried: 1 },
    { kind: { vulkan: 'vkAllocateMemory', on: true }, words: [], retried: 1 },
    { kind: { vulkan: 'vkCreateBuffer' }, words: [], retried: 1 },
    { kind: { vulkan: 'vkEndCommandBuffer' }, words: [], retried: 0 },
    { kind: { vulkan: 'vkCreateSemaphore' }, words: [], retried: 0 },
    { kind: { vulkan: 'vkWaitSemaphores', lost: true }, words: [], retried: 0 },
    { kind: { vulkan: 'vkQueueSubmit', lost: true, on: true }, words: [], retried: 0 },
  ])('the n-th Vulkan call fails, for each n: the same bytes, in the end on the CPU ($kind, $words)', async (one) => {
    const right = await bytesOfEither(await unharmed('wgpu', {}, one.words), await unharmed('cpu', {}, one.words));
    const argv = [...tiles, ...like, '--backend', 'wgpu', ...ROWS, ...one.words];
    const work = { dir, name: 'vulkan', environment: {}, library: vulkan ?? '', argv, kind: one.kind };
    const failed = await everyCall(work, right, []);
    process.stdout.write(`${one.kind.vulkan}: ${JSON.stringify(failed)}\n`);
    expect(failed.calls).toBeGreaterThan(1);
    expect(failed.retried).toBeGreaterThanOrEqual(one.retried);
  });

  test.each(gpus)('whatever the device grants of $name: the same bytes', async ({ name, environment }) => {
    let runs = 0;
    let untouched = 0;
    // A run ends on the CPU if the device never has enough memory.
    const right = [whole, await sha256(await unharmed(name, environment))];
    // Thirty sizes, from nothing to more than a chunk takes, so that each buffer in turn is the one that does not fit.
    for (let kb = 0; kb <= 3000; kb += 100) {
      const out = join(dir, `grant-${name}.fits`);
      const words = ['mosaic', ...tiles, ...like, '-o', out, '--backend', name, ...ROWS, '--reproducible', '--force'];
      const ran = await zemosaic(words, { ...environment, ZEMOSAIC_PRETEND_VRAM_MB: `8000:${(kb / 1024).toFixed(3)}` });
      expect(`${kb} ${ran.exit}`).toBe(`${kb} 0`);
      expect(right).toContain(await sha256(out));
      runs += 1;
      if (!ran.err.includes('OOM retry')) untouched += 1;
    }
    process.stdout.write(`${name}: ${runs} grants, ${untouched} of them enough\n`);
    expect(untouched).toBeLessThan(runs);
  });
});
