import { afterAll, expect, test } from 'bun:test';
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { named, remove, start, temporary, zemosaic } from '../program.ts';

const dir = temporary();
afterAll(() => remove(dir));

/** A file of zeros that takes no room on the disk, whatever its header claims. */
function sparse(name: string, width: number, height: number): string {
  const number = (key: string, value: number) => `${key.padEnd(8)}= ${String(value).padStart(20)}`;
  const step = 1 / Math.max(width, height);
  const cards = [
    ...['SIMPLE  =                    T', number('BITPIX', -32), number('NAXIS', 2)],
    ...[number('NAXIS1', width), number('NAXIS2', height), "CTYPE1  = 'RA---CAR'", "CTYPE2  = 'DEC--CAR'"],
    ...[number('CRVAL1', 150), number('CRVAL2', 0), number('CRPIX1', width / 2), number('CRPIX2', height / 2)],
    ...[number('CDELT1', -step), number('CDELT2', step), 'END'],
  ];
  const header = cards.map((card) => card.padEnd(80)).join('');
  const path = join(dir, name);
  const fd = openSync(path, 'w');
  writeSync(fd, header.padEnd(2880));
  ftruncateSync(fd, 2880 * Math.ceil(1 + (4 * width * height) / 2880));
  closeSync(fd);
  return path;
}

/**
 * Most bytes that the program held, looked at while it runs: what the system tells of a process that has ended counts those of
 * the one that began it, too.
 */
async function peakOf(words: string[]): Promise<[exit: number, out: string, bytes: number]> {
  const child = start(words);
  const heard = new Response(child.stdout).text();
  let bytes = 0;
  while (child.exitCode === null) {
    const status = await Bun.file(`/proc/${child.pid}/status`)
      .text()
      .catch(() => '');
    bytes = Math.max(bytes, 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    await Bun.sleep(5);
  }
  return [child.exitCode, await heard, bytes];
}

test.skipIf(!existsSync('/proc/self/status'))(
  'inspect counts rows of a hundred million pixels in some tens of MB',
  async () => {
    const [exit, out, bytes] = await peakOf(['inspect', sparse('rows.fits', 1e8, 2)]);
    expect([exit, out.includes('100000000 x 2')]).toEqual([0, true]);
    expect(bytes).toBeGreaterThan(20 * 2 ** 20);
    expect(bytes).toBeLessThan(160 * 2 ** 20);
  },
);

test('a limit that not even one chunk fits is refused before a tile is read: exit 6, and the line says what would do', async () => {
  const wide = sparse('wide.fits', 1e7, 4);
  const out = join(dir, 'wide-out.fits');
  const ran = await zemosaic(['mosaic', wide, '-o', out, '--ram-mb', '100', '--backend', 'cpu', '--json']);
  expect([ran.exit, existsSync(out)]).toEqual([6, false]);
  expect(named(ran, 'warning')).toEqual([]);
  expect(named(ran, 'run.failed')).toMatchObject([
    {
      code: 'over_memory',
      message: expect.stringMatching(/^a chunk of one row takes \d+ MB, more than the 100 MB .* raise --ram-mb to \d+/),
    },
  ]);
});

test.skipIf(!existsSync('/proc/self/status'))(
  'rows of millions of pixels with a weight map and a mask: --ram-mb holds, or is warned of',
  async () => {
    const [tile] = ['w.fits', 'w.weight.fits', 'w_mask.fits'].map((name) => sparse(name, 3e6, 12));
    const words = [
      'mosaic',
      tile ?? '',
      '--kernel',
      'nearest',
      '--size',
      '200,200',
      '--scale',
      '1',
      '--backend',
      'cpu',
    ];
    let held = 0;
    for (const ram of [400, 430, 460, 490]) {
      const more = ['--ram-mb', `${ram}`, '-o', join(dir, 'w-out.fits'), '--force', '--json'];
      const [exit, out, bytes] = await peakOf([...words, ...more]);
      expect(exit).toBe(0);
      if (out.includes('"code":"over_memory"')) continue;
      expect(bytes / 2 ** 20).toBeLessThan(ram);
      held += 1;
    }
    expect(held).toBeGreaterThan(1);
  },
);

test.each([
  ['memory', 6, ['--ram-mb', '100'], 'a chunk of one row takes'],
  ['disk', 5, ['--size', '900000,900000', '--ram-mb', '100000'], 'free some space, or choose another disk with -o'],
])(
  'plan refuses what mosaic refuses for want of %s, in the same words, after the plan',
  async (what, exit, more, why) => {
    const wide = sparse('planned.fits', 1e7, 4);
    const words = [wide, '-o', join(dir, `planned-${what}.fits`), ...more, '--backend', 'cpu', '--json'];
    const [planned, ran] = [await zemosaic(['plan', ...words]), await zemosaic(['mosaic', ...words])];
    const failures = (one: typeof ran) =>
      named(one, 'run.failed').map(({ code, message }) => ({
        code,
        message: `${message}`.replace(/\d+ MB free|to \d+,/, ''),
      }));
    expect([planned.exit, ran.exit]).toEqual([exit, exit]);
    expect(failures(planned)).toMatchObject([{ message: expect.stringContaining(why) }]);
    expect(failures(planned)).toEqual(failures(ran));
    expect(named(planned, 'plan')).toHaveLength(1);
  },
);

test('a border that takes more memory to find than the run may use is not looked for: exit 6', async () => {
  const square = sparse('square.fits', 12_000, 12_000);
  const out = join(dir, 'square-out.fits');
  const words = ['mosaic', square, '-o', out, '--ram-mb', '100', '--size', '100,100', '--backend', 'cpu'];
  const ran = await zemosaic(words);
  expect([ran.exit, existsSync(out)]).toEqual([6, false]);
  expect(ran.err).toMatch(
    /square\.fits\[0\]: to find where its data end takes \d+ MB, more than the 100 MB .* --blank none/,
  );
  expect((await zemosaic([...words, '--blank', 'none'])).exit).toBe(0);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the reading of long rows`, async () => {
    const child = start(['inspect', sparse('long.fits', 1e9, 8)]);
    await Bun.sleep(600);
    child.kill(signal);
    expect(await child.exited).toBe(signal === 'SIGINT' ? 130 : 143);
  });
}
