import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { holdsTogether, readFits, sky, writeFits } from './fits.ts';
import { named, remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

const at = (name: string) => join(dir, name);
const EXACT = ['--kernel', 'exact', '--match-background', 'none'];

describe('--kernel exact', () => {
  test('on its own grid nothing changes', async () => {
    const value = (x: number, y: number) =>
      x === 5 && y === 6 ? Number.NaN : Math.fround(Math.sin(x * 1.3) * y + 0.5);
    const cards = sky(60, 40, [10, -20], 1, 33);
    const path = writeFits(at('self.fits'), { width: 60, height: 40, cards, value });
    const ran = await zemosaic(['reproject', path, '--like', path, '-o', at('self-out.fits'), '--kernel', 'exact']);
    expect(ran.exit).toBe(0);
    const [mosaic, coverage] = readFits(at('self-out.fits'));
    expect([...(mosaic?.values ?? [])]).toEqual([...(readFits(path)[0]?.values ?? [])]);
    expect(new Set(coverage?.values)).toEqual(new Set([0, 1]));
  });

  test('ten pixels to one: every pixel of the tile counts, whatever the chunks', async () => {
    const value = (x: number, y: number) => 1 + ((x * 7919 + y * 104_729) % 1009);
    const fine = writeFits(at('fine.fits'), {
      width: 620,
      height: 540,
      cards: sky(620, 540, [80, 45], 0.1, 31),
      value,
    });
    const coarse = writeFits(at('coarse.fits'), {
      width: 90,
      height: 90,
      cards: sky(90, 90, [80, 45]),
      value: () => 0,
    });
    const sums = new Set<string>();
    for (const rows of ['1', '7', '90']) {
      const argv = ['mosaic', fine, '--like', coarse, '-o', at('tenth.fits'), '--force', '--reproducible', ...EXACT];
      expect((await zemosaic([...argv, '--chunk-rows', rows])).exit).toBe(0);
      sums.add(await sha256(at('tenth.fits')));
    }
    expect(sums.size).toBe(1);
    const hdus = readFits(at('tenth.fits'));
    holdsTogether(hdus);
    // Each pixel holds the mean of what it covers, and coverage the share of the pixel that the tile covers.
    const flux = hdus[0]?.values.reduce((sum, v, i) => sum + (Number.isNaN(v) ? 0 : v * (hdus[1]?.values[i] ?? 0)), 0);
    let expected = 0;
    for (let y = 0; y < 540; y += 1) for (let x = 0; x < 620; x += 1) expected += value(x, y) / 100;
    expect(Math.abs((flux ?? 0) / expected - 1)).toBeLessThan(1e-5);
  });

  test('an all-sky tile has neither a hole nor a smear where it begins and ends', async () => {
    const cards = { ...sky(360, 180, [0, 0], 3600), CTYPE1: 'RA---CAR', CTYPE2: 'DEC--CAR' };
    // Symmetric about the seam at 180 degrees, so that both sides match.
    const value = (x: number) => Math.abs(x - 179.5);
    const path = writeFits(at('sky.fits'), { width: 360, height: 180, cards, value });
    const like = writeFits(at('seam.fits'), {
      ...{ width: 60, height: 60, value: () => 0 },
      cards: sky(60, 60, [180.3, 12], 1800, 20),
    });
    const ran = await zemosaic(['reproject', path, '--like', like, '-o', at('seam-out.fits'), '--kernel', 'exact']);
    expect(ran.exit).toBe(0);
    const hdus = readFits(at('seam-out.fits'));
    expect(holdsTogether(hdus)).toBe(60 * 60);
    // Pixels span half a degree; none may hold the mean of a whole row of the sky.
    expect(Math.min(...(hdus[0]?.values ?? []))).toBeGreaterThan(155);
  });

  test.each(gpus)(
    'has no version for $name: plan and run report that the CPU is used',
    async ({ name, environment }) => {
      const canvas = new Canvas(dir, 40, 30);
      const path = canvas.tile('cpu.fits', [2.2, 3.3], { width: 30, height: 20, value: (x, y) => x + y });
      const plan = await zemosaic(['plan', path, '--kernel', 'exact', '--backend', name, '--json'], environment);
      expect(plan.exit).toBe(0);
      expect(named(plan, 'plan')[0]?.backend ?? plan.events.at(-1)?.backend).toBe('cpu');
      expect(plan.err).toContain(`--kernel exact has no GPU version yet`);
      const argv = ['mosaic', path, '-o', at('no.fits'), '--kernel', 'exact', '--backend', name, '--no-cpu-fallback'];
      expect((await zemosaic(argv, environment)).exit).toBe(6);
    },
  );
});
