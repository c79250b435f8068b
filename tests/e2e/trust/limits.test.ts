import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from '../canvas.ts';
import { clean, remove, root, temporary, zemosaic } from '../program.ts';

const dir = temporary();
afterAll(() => remove(dir));
const canvas = new Canvas(dir, 700, 700);
const sides = { width: 690, height: 690, value: (x: number, y: number) => ((x * 7919 + y * 104729) % 997) + 100 };
const tiles = Array.from({ length: 40 }, (_, at) => canvas.tile(`t${at}.fits`, [at / 50, 0.3], sides));
const out = join(dir, 'm.fits');

describe('--ram-mb', () => {
  test('holds, or one line says before the first chunk that it does not', async () => {
    let held = 0;
    let warned = 0;
    for (const ram of [80, 100, 120, 140, 200]) {
      for (const more of [
        ['--combine', 'winsorized', '--kernel', 'lanczos4'],
        ['--feather', '30'],
      ]) {
        const words = ['mosaic', ...tiles, '--like', canvas.like, '-o', out, '--force', '--backend', 'cpu', '--report'];
        const ran = await zemosaic([...words, '--ram-mb', String(ram), ...more, '--json']);
        expect(ran.exit).toBe(0);
        const codes = ran.events.map(({ event, code }) => (event === 'warning' ? code : event));
        const told = codes.slice(0, codes.indexOf('chunk.done')).includes('over_memory');
        const { host } = JSON.parse(readFileSync(join(dir, 'm.report.json'), 'utf8'));
        if (told) warned += 1;
        else expect(`${ram} ${more}: ${host.peak_rss / 2 ** 20 <= ram}`).toBe(`${ram} ${more}: true`);
        if (!told) held += 1;
      }
    }
    expect([held > 0, warned > 0]).toEqual([true, true]);
  }, 120_000);
});

test('a NUL in a list of names is unusable input: exit 3, and the line says how to write it', async () => {
  const list = join(dir, 'list.txt');
  writeFileSync(list, `${tiles.slice(0, 2).join('\0')}\0`);
  const ran = await zemosaic(['mosaic', `@${list}`, '-o', out, '--force']);
  expect(ran.exit).toBe(3);
  expect(ran.err).toContain('has a NUL behind it; write one name a line');
});

describe('texts that are read as a whole', () => {
  const pipes = existsSync('/dev/zero');

  test.skipIf(!pipes)(
    'a device, which has no end, is refused; so is what is longer than such a file can be',
    async () => {
      const long = join(dir, 'long');
      writeFileSync(long, '');
      truncateSync(long, 2 ** 36);
      for (const [exit, argv, why] of [
        [3, ['plan', '@/dev/zero'], 'list /dev/zero cannot be read: it is a device'],
        [3, ['inspect', '@/dev/zero'], 'list /dev/zero cannot be read: it is a device'],
        [2, ['plan', ...tiles, '--config', '/dev/zero'], '--config /dev/zero cannot be read: it is a device'],
        [
          3,
          ['bench', 'compare', '/dev/zero', '/dev/zero'],
          '/dev/zero cannot be read as a saved bench: it is a device',
        ],
        [3, ['plan', `@${long}`], `list ${long} cannot be read: it is longer than 16 MB`],
        [2, ['plan', ...tiles, '--config', long], `--config ${long} cannot be read: it is longer than 1 MB`],
      ] as const) {
        const ran = await zemosaic([...argv]);
        expect([ran.exit, ran.err.includes(why) ? why : ran.err]).toEqual([exit, why]);
      }
    },
  );

  test.skipIf(!pipes)('a pipe is read to its end, but not for ever', async () => {
    const shell = (line: string) =>
      Bun.spawnSync(['bash', '-c', line, join(root, 'packages/cli/bin/zemosaic'), ...tiles], { env: clean });
    const listed = shell('"$0" plan @<(printf "%s\\n" "$@") --config <(echo "{}")');
    expect([listed.exitCode, `${listed.stdout}`.includes('tiles     40')]).toEqual([0, true]);
    expect(shell('printf "%s\\n" "$@" | "$0" plan @-').exitCode).toBe(0);
    const endless = shell('yes | "$0" plan @-');
    expect(endless.exitCode).toBe(3);
    expect(`${endless.stderr}`).toContain('list standard input cannot be read: it is longer than 16 MB');
  });
});

describe('names', () => {
  const most = 217;
  const named = (bytes: number) => join(dir, 'long-names', `${'x'.repeat(bytes - 5)}.fits`);

  test('an output whose unfinished files would have names too long is refused before anything is read: exit 2', async () => {
    for (const argv of [
      ['mosaic', '@no-such-list'],
      ['plan', ...tiles],
    ]) {
      const ran = await zemosaic([...argv, '-o', named(most + 1)]);
      expect(ran.exit).toBe(2);
      expect(ran.err).toContain(`the name has ${most + 1} bytes, and ${most} are left`);
    }
  });

  test('the longest that is left holds, with all that goes with a mosaic', async () => {
    mkdirSync(join(dir, 'long-names'));
    const ran = await zemosaic(['mosaic', ...tiles.slice(0, 2), '-o', named(most), '--split', '--preview', '--report']);
    expect([ran.exit, ran.err.includes('WARN')]).toEqual([0, false]);
    expect(readdirSync(join(dir, 'long-names'))).toHaveLength(6);
  });

  test('a current folder whose name is not UTF-8 holds relative outputs; one in -o is refused, exit 2', () => {
    const line = 'd=$(printf "caf\\351") && mkdir -p "$d/in" && cd "$d" && ';
    const shell = (rest: string) =>
      Bun.spawnSync(['bash', '-c', line + rest, join(root, 'packages/cli/bin/zemosaic'), ...tiles.slice(0, 2)], {
        cwd: dir,
        env: clean,
      });
    for (const rest of [
      '"$0" plan "$@" -o m.fits',
      '"$0" mosaic "$@" -o m.fits --split --preview --report && ls m.fits m.png m.report.html m.weight.fits',
      '"$0" mosaic "$@" -o in/m.fits && ls in/m.fits',
    ]) {
      const ran = shell(rest);
      expect(`${ran.exitCode} ${ran.exitCode === 0 ? '' : ran.stderr}`).toBe('0 ');
    }
    const refused = shell('"$0" mosaic "$@" -o "$PWD/x.fits"');
    expect([refused.exitCode, `${refused.stderr}`.includes('not UTF-8; give another name')]).toEqual([2, true]);
  });
});

test.each([
  ['plain', 8, 20],
  ['packed', 8, 32],
])(
  'too many open files are no fault of a tile: exit 6, and no mosaic without it; %s files',
  async (kind, least, most) => {
    let refused = 0;
    const inputs = tiles.slice(0, 9).map((path) => (kind === 'plain' ? path : packed(path)));
    for (let files = least; files < most; files += 1) {
      const path = join(dir, `${kind}-${files}.fits`);
      const under = ['bash', '-c', `ulimit -n ${files}; exec "$@"`, 'bash'];
      const ran = await zemosaic(['mosaic', ...inputs, '-o', path, '--strict'], {}, undefined, under);
      if (ran.exit === 0) continue;
      expect(existsSync(path)).toBe(false);
      // With fewer Bun itself does not start.
      if (ran.exit === 1) continue;
      expect(`${files} ${ran.exit}`).toBe(`${files} 6`);
      // Bun itself may say something behind it.
      expect(ran.err).toMatch(/^error {2}.*too many files are open; raise their limit \(ulimit -n\)/m);
      refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  },
  60_000,
);

// Bun makes these calls without the C library, so that no preloaded one can refuse them.
const looking = (path: string, error: string) => [
  ...['strace', '-f', '-qq', '-o', '/dev/null', '-P', path, '-e', 'trace=openat'],
  ...['-e', `inject=openat:error=${error}:when=1`],
];
const traced = Bun.which('strace') !== null && Bun.spawnSync([...looking('/', 'EIO'), 'true']).exitCode === 0;
if (!traced) process.stderr.write('e2e: no strace, 3 tests skipped\n');

test.skipIf(!traced).each(['t0_mask.fits', 't0.weight.fits', 't0.head'])(
  'what lies beside a tile and cannot be looked at is never taken as not there: %s',
  async (name) => {
    const own = join(dir, `beside-${name}`);
    mkdirSync(own);
    const small = new Canvas(own, 60, 60);
    const flat = { width: 50, height: 50, value: () => 1 };
    const tile = small.tile('t0.fits', [2, 2], flat);
    const path = join(own, name);
    if (name === 't0.head') writeFileSync(path, 'COMMENT   of SCAMP\nEND\n');
    else small.tile(name, [2, 2], { ...flat, value: (x: number) => (name === 't0_mask.fits' ? Number(x < 9) : 1) });
    for (const [error, exit] of [
      ['EMFILE', 6],
      ['EIO', 3],
    ] as const) {
      const ran = await zemosaic(['mosaic', tile, '-o', join(own, 'm.fits')], {}, undefined, looking(path, error));
      expect(`${error} ${ran.exit}`).toBe(`${error} ${exit}`);
      expect(ran.err).toContain(name);
    }
  },
);

function packed(path: string): string {
  writeFileSync(`${path}.gz`, Bun.gzipSync(readFileSync(path)));
  return `${path}.gz`;
}

test('a limit on the size of files: exit 5, the line says how to raise it, and nothing is left', async () => {
  // In blocks of 1024 bytes: the mosaic has 4.4 MB, an unpacked tile 1.9.
  for (const [blocks, inputs] of [
    [3000, tiles.slice(0, 3)],
    [1000, tiles.slice(0, 3).map(packed)],
  ] as const) {
    const own = join(dir, `size-${blocks}`);
    mkdirSync(own);
    const under = ['bash', '-c', `ulimit -f ${blocks}; exec "$@"`, 'bash'];
    const words = ['mosaic', ...inputs, '--like', canvas.like, '-o', join(own, 'm.fits')];
    const ran = await zemosaic(words, {}, undefined, under);
    expect(ran.exit).toBe(5);
    expect(ran.err).toMatch(/^error {2}.*files may not be that large here; raise their limit \(ulimit -f\)/m);
    expect(readdirSync(own)).toEqual([]);
  }
});
