import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, openSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Canvas } from '../canvas.ts';
import { library } from '../failing/failing.ts';
import { clean, events, named, remove, root, sha256, temporary, zemosaic } from '../program.ts';

const dir = temporary();
const failing = library(dir);
if (failing === null) process.stderr.write('e2e: no C compiler, 2 tests skipped\n');
let argv: string[] = [];
const out = join(dir, 'm.fits');
let whole = '';
beforeAll(async () => {
  const canvas = new Canvas(dir, 300, 200);
  const sides = { width: 200, height: 200, value: (x: number, y: number) => ((x * 7919 + y * 104729) % 997) + 100 };
  const tiles = [canvas.tile('a.fits', [0.3, 0.2], sides), canvas.tile('b.fits', [90.3, 0.2], sides)];
  argv = ['mosaic', ...tiles, '--like', canvas.like, '-o', out, '--force', '--reproducible', '--backend', 'cpu'];
  expect((await zemosaic(argv)).exit).toBe(0);
  whole = await sha256(out);
});
afterAll(() => remove(dir));

/** Runs with one of the streams on a full disk. */
async function withFull(words: string[], stream: 'stdout' | 'stderr') {
  rmSync(out, { force: true });
  const full = openSync('/dev/full', 'w');
  const child = Bun.spawn([process.execPath, resolve(root, 'packages/cli/bin/zemosaic.ts'), ...words], {
    env: clean,
    stdin: 'ignore',
    stdout: stream === 'stdout' ? full : 'pipe',
    stderr: stream === 'stderr' ? full : 'pipe',
  });
  const heard = stream === 'stdout' ? child.stderr : child.stdout;
  const text = await new Response(heard as ReadableStream).text();
  return { exit: await child.exited, text };
}

describe.skipIf(!existsSync('/dev/full'))('a full disk under a stream', () => {
  test('stderr: the log is lost, the mosaic is complete, exit 0', async () => {
    for (const more of [[], ['--json']]) {
      const { exit, text } = await withFull([...argv, ...more], 'stderr');
      expect([exit, await sha256(out)]).toEqual([0, whole]);
      expect(text).toContain('m.fits');
    }
  });

  test('stdout: the mosaic is complete, one line says that nobody heard of it, exit 8', async () => {
    for (const more of [['--quiet'], ['--quiet', '--json']]) {
      const { exit, text } = await withFull([...argv, ...more], 'stdout');
      expect([exit, await sha256(out)]).toEqual([8, whole]);
      expect(text).toMatch(/^WARN {2}the run is complete, but standard output could not be written: no space[^\n]*\n$/);
    }
  });

  test('stdout of a command that only prints: exit 5', async () => {
    for (const words of [
      ['plan', ...argv.slice(1, 3)],
      ['inspect', ...argv.slice(1, 3)],
    ]) {
      const { exit, text } = await withFull(words, 'stdout');
      expect([exit, text.includes('standard output could not be written')]).toEqual([5, true]);
    }
  });
});

describe('a report that cannot be made', () => {
  test('no folder for its pictures: the mosaic and the rest are there, run.done is sent, exit 8', async () => {
    const ran = await zemosaic([...argv, '--report', '--preview', '--json'], { TMPDIR: join(dir, 'nowhere') });
    expect(ran.exit).toBe(8);
    expect(ran.events.at(-1)?.event).toBe('run.done');
    const outputs = (named(ran, 'run.done')[0]?.outputs ?? []) as string[];
    const names = outputs.map((path) => path.slice(dir.length + 1));
    expect(names).toEqual(['m.fits', 'm.png', 'm.report.json']);
    expect(ran.err).toContain('the mosaic is complete, but');
    expect(await sha256(out)).toBe(whole);
  });

  test('no folder to unpack into is no fault of the tile: exit 5', async () => {
    const packed = join(dir, 'p.fits.gz');
    await Bun.write(packed, Bun.gzipSync(await Bun.file(argv[1] ?? '').bytes()));
    const words = [...argv.slice(0, 2), packed, ...argv.slice(2)];
    const ran = await zemosaic(words, { TMPDIR: join(dir, 'nowhere') });
    expect(ran.exit).toBe(5);
    expect(ran.err).toMatch(/p\.fits\.gz: cannot unpack it into .*nowhere: .*TMPDIR/);
  });
});

describe.skipIf(failing === null)('a read that fails', () => {
  test('once, anywhere: it is tried again row by row, or told, and then --strict knows it', async () => {
    let told = 0;
    let mended = 0;
    for (let nth = 1; ; nth += 1) {
      const mark = join(dir, 'mark');
      rmSync(mark, { force: true });
      const ran = await zemosaic([...argv, '--strict', '--json'], {
        ...{ LD_PRELOAD: failing ?? '', FAIL_KIND: 'read', FAIL_NTH: String(nth), FAIL_MARK: mark },
      });
      if (!existsSync(mark)) break;
      if (ran.exit === 0) {
        expect(`${nth} ${await sha256(out)}`).toBe(`${nth} ${whole}`);
        mended += 1;
        continue;
      }
      expect([3, 7]).toContain(ran.exit);
      const codes = events(ran.out).map(({ event, code }) => (event === 'tile.skipped' ? event : code));
      if (ran.exit === 7) expect(codes.some((code) => code === 'tile_damaged' || code === 'tile.skipped')).toBe(true);
      told += 1;
    }
    expect(mended).toBeGreaterThan(10);
    expect(told).toBeGreaterThan(0);
  }, 120_000);

  test('threads that cannot be started are an error of their own: exit 6, no output', async () => {
    for (const nth of [1, 2, 3, 4, 5]) {
      rmSync(out, { force: true });
      const ran = await zemosaic([...argv, '--threads', '4'], {
        ...{ LD_PRELOAD: failing ?? '', FAIL_KIND: 'thread', FAIL_NTH: String(nth), FAIL_MARK: join(dir, 'mark') },
      });
      if (ran.exit !== 6) continue;
      expect(ran.err).toMatch(
        /error {2}cannot start (4 worker )?threads: Resource temporarily unavailable; .*ulimit -u/,
      );
      expect(existsSync(out)).toBe(false);
    }
    const none = await zemosaic(argv, {
      ...{ LD_PRELOAD: failing ?? '', FAIL_KIND: 'thread', FAIL_NTH: '1', FAIL_MARK: join(dir, 'mark') },
    });
    expect(none.exit).toBe(6);
  });
});
