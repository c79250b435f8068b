import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFits, sky, writeFits } from './fits.ts';
import { clean, filesIn, named, remove, root, temporary, zemosaic } from './program.ts';

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

test('--help and --version need no addon', async () => {
  const help = await zemosaic(['--help']);
  expect(help.exit).toBe(0);
  expect(help.out).toContain('zemosaic mosaic');
  expect((await zemosaic(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('a usage error is one line on stderr, nothing on stdout', async () => {
  const ran = await zemosaic(['mosaic', 'x.fits', '-o', 'y.fits', '--kernel', 'sinc']);
  expect(ran.exit).toBe(2);
  expect(ran.out).toBe('');
  expect(ran.err).toMatch(/^error {2}--kernel sinc is not one of .*\n$/);
});

describe('commands', () => {
  test('demo makes a sky, its mosaic, its preview and its report', async () => {
    const ran = await zemosaic(['demo', '-o', join(dir, 'sky'), '--json']);
    expect(ran.exit).toBe(0);
    const [mosaic = '', png = '', report = ''] = (named(ran, 'run.done')[0]?.outputs ?? []) as string[];
    expect(readFits(mosaic)[0]?.planes).toBe(3);
    expect(readFileSync(png).subarray(1, 4).toString()).toBe('PNG');
    const { channels } = JSON.parse(readFileSync(report, 'utf8'));
    expect(channels[0].peak_bytes).toBeLessThanOrEqual(channels[0].estimated_bytes);
    expect(channels[0].estimated_bytes).toBeLessThanOrEqual(channels[0].budget_mb * 1_048_576);
  });

  test('doctor knows this machine', async () => {
    const ran = await zemosaic(['doctor', '--json'], { ZEMOSAIC_PRETEND_POWER: 'battery' });
    expect(ran.exit).toBe(0);
    expect(ran.events[0]).toMatchObject({ event: 'doctor', host: { power: 'battery' } });
    expect(ran.events[0]).toHaveProperty('host.threads', expect.any(Number));
  });

  test('plan says what mosaic then does', async () => {
    const path = writeFits(join(dir, 'p.fits'), {
      width: 300,
      height: 200,
      cards: sky(300, 200, [9, 9]),
      value: () => 1,
    });
    const before = filesIn(dir);
    const planned = await zemosaic(['plan', path, '--json', '--chunk-rows', '50']);
    expect(planned.exit).toBe(0);
    expect(filesIn(dir)).toEqual(before);
    const ran = await zemosaic(['mosaic', path, '-o', join(dir, 'p-out.fits'), '--json', '--chunk-rows', '50']);
    const { disk_free: _, t: __, ...plan }: Record<string, unknown> = named(ran, 'plan')[0] ?? {};
    expect(named(planned, 'plan')[0]).toMatchObject(plan);
    expect(named(ran, 'chunk.done').length).toBe(Number(plan.chunks));
  });

  test('@- takes names from standard input, as from a list', () => {
    const path = writeFits(join(dir, 'in.fits'), { width: 4, height: 3, cards: sky(4, 3, [9, 9], 2), value: () => 1 });
    const words = [process.execPath, join(root, 'packages/cli/bin/zemosaic.ts'), 'inspect', '--json'];
    const asked = (stdin: string) =>
      Bun.spawnSync([...words, '@-'], { stdin: new TextEncoder().encode(stdin), cwd: dir, env: clean });
    const ran = asked(`# one of them is relative\n${path}\nin.fits\n`);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout.toString().trim().split('\n').at(-1) ?? '').tiles).toHaveLength(1);
    // A list that is no file, as a shell's <(...) is, has no folder either.
    const piped = Bun.spawnSync(['sh', '-c', `echo in.fits | exec "$0" "$@"`, ...words, '@/dev/stdin'], {
      cwd: dir,
      env: clean,
    });
    if (process.platform === 'linux') expect(piped.exitCode).toBe(0);
    const none = asked('');
    expect(none.exitCode).toBe(3);
    expect(none.stderr.toString()).toContain('list standard input names no file; write one path per line');
  });

  test('inspect counts pixels', async () => {
    const path = writeFits(join(dir, 'i.fits'), {
      width: 10,
      height: 5,
      cards: sky(10, 5, [9, 9], 2),
      value: (x) => (x === 0 ? Number.NaN : x),
    });
    const ran = await zemosaic(['inspect', path, '--json']);
    expect(ran.exit).toBe(0);
    expect(ran.events[0]?.tiles).toMatchObject([
      {
        nan: 5,
        min: 1,
        max: 9,
        projection: 'TAN',
        problem: null,
      },
    ]);
  });

  test('environment and config file reach the run', async () => {
    const path = writeFits(join(dir, 'e.fits'), { width: 20, height: 20, cards: sky(20, 20, [9, 9]), value: () => 1 });
    const config = join(dir, 'c.json');
    await Bun.write(config, JSON.stringify({ kernel: 'nearest', 'chunk-rows': 9 }));
    const argv = ['mosaic', path, '-o', join(dir, 'e-out.fits'), '--json'];
    const ran = await zemosaic(argv, { ZEMOSAIC_CONFIG: config, ZEMOSAIC_THREADS: '1' });
    expect(named(ran, 'run.started')[0]).toMatchObject({
      options: { kernel: 'nearest', 'chunk-rows': 9, threads: 1 },
      origins: { kernel: 'config', threads: 'environment' },
    });
  });
});
