import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sky, writeFits } from './fits.ts';
import { clean, events, remove, root, temporary } from './program.ts';
import { fakeCuda } from './protocol/protocol.ts';

const launcher = join(root, 'packages/cli/bin/zemosaic');
/** Seconds from a signal to the end that are tolerated on a busy machine; SPEC has one. */
const SOON = 2.5;
/** The same where nothing is made yet, so that nothing is to be kept; it takes 0.3 s. */
const AT_ONCE = 0.85;

let dir = '';
let tiles: string[] = [];
const temp = () => join(dir, 'temp');
beforeAll(() => {
  dir = temporary();
  mkdirSync(temp());
  Bun.spawnSync(['mkfifo', join(dir, 'pipe')]);
  tiles = [0, 1].map((at) =>
    writeFits(join(dir, `t${at}.fits`), {
      width: 1500,
      height: 1500,
      cards: sky(1500, 1500, [40, 50], 1, 30 * at),
      value: (x, y) => x + y,
    }),
  );
  Bun.spawnSync(['gzip', '-k', '-1', ...tiles]);
});
afterAll(() => remove(dir));

/** Starts the command, sends signals once `ready` is so, and returns how it ended and how long after the first signal. */
async function stopped(
  argv: string[],
  signals: NodeJS.Signals[],
  more: { environment?: Record<string, string>; stdin?: 'pipe'; ready?: () => boolean } = {},
) {
  const child = Bun.spawn([launcher, ...argv, '--json'], {
    cwd: dir,
    env: { ...clean, TMPDIR: temp(), ...more.environment },
    stdin: more.stdin ?? 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const began = performance.now();
  while (performance.now() - began < 20_000 && !(more.ready?.() ?? performance.now() - began > 700)) await Bun.sleep(5);
  const asked = performance.now();
  for (const signal of signals) child.kill(signal);
  const exit = await child.exited;
  const seconds = (performance.now() - asked) / 1000;
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exit, seconds, last: events(out).at(-1), err };
}

describe.skipIf(process.platform === 'win32')('a signal ends any phase', () => {
  const fifo = () => join(dir, 'pipe');
  const DEAF: Record<string, () => [string[], 'pipe'?]> = {
    'a list on standard input': () => [['mosaic', '@-', '-o', 'o.fits'], 'pipe'],
    'a list that is a pipe': () => [['mosaic', `@${fifo()}`, '-o', 'o.fits']],
    'a config file that is a pipe': () => [['mosaic', tiles[0] ?? '', '--config', fifo(), '-o', 'o.fits']],
    'a glob over the disk': () => [['mosaic', '/**/*.nosuchfits', '-o', 'o.fits']],
  };
  for (const [name, words] of Object.entries(DEAF)) {
    for (const [signal, exit] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 143],
    ] as const) {
      test(`${name}, by ${signal}`, async () => {
        const [argv, stdin] = words();
        const ended = await stopped(argv, [signal], stdin === undefined ? {} : { stdin });
        expect(ended).toMatchObject({ exit, last: { event: 'run.failed', code: 'stopped' } });
        expect(ended.err.trimEnd().split('\n').at(-1)).toContain('stopped by signal');
        expect(ended.seconds).toBeLessThan(AT_ONCE);
      });
    }
  }

  test('a chunk that takes long is cut off, and unpacked copies are removed', async () => {
    const slow = ['--kernel', 'lanczos4', '--combine', 'winsorized', '--threads', '1', '--scale', '0.1'];
    const argv = ['mosaic', ...tiles.map((tile) => `${tile}.gz`), '-o', 'slow.fits', ...slow];
    // The first chunk is being made.
    const ready = () => existsSync(join(dir, '.slow.fits.partial'));
    for (const signals of [['SIGINT'], ['SIGINT', 'SIGINT'], ['SIGHUP']] satisfies NodeJS.Signals[][]) {
      const ended = await stopped([...argv, '--no-resume', '--force'], signals, { ready });
      expect(ended).toMatchObject({ exit: signals[0] === 'SIGINT' ? 130 : 143, last: { code: 'stopped' } });
      expect(ended.seconds).toBeLessThan(SOON);
      expect(readdirSync(temp())).toEqual([]);
      rmSync(join(dir, '.slow.fits.partial'), { force: true });
    }
  });

  test('nohup is obeyed', async () => {
    const script = `trap '' HUP; exec "$0" inspect @- --json`;
    const child = Bun.spawn(['sh', '-c', script, launcher], {
      cwd: dir,
      env: clean,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    await Bun.sleep(700);
    child.kill('SIGHUP');
    await Bun.sleep(1500);
    child.stdin.write(`${tiles[0]}\n`);
    child.stdin.end();
    expect(await child.exited).toBe(0);
  });
});

describe.skipIf(fakeCuda === null)('a driver that fails while it is asked', () => {
  const driver = (mode: string) => ({
    LD_LIBRARY_PATH: fakeCuda ?? '',
    FAKE_CUDA_MODE: mode,
    ZEMOSAIC_PROBE_SECONDS: '1',
  });
  const run = (argv: string[], mode: string) => {
    const env = { ...clean, ...driver(mode) };
    const ran = Bun.spawnSync([launcher, ...argv, '--json'], { cwd: dir, env, stdout: 'pipe', stderr: 'pipe' });
    return { exit: ran.exitCode, events: events(`${ran.stdout}`) };
  };

  for (const [mode, code, why] of [
    ['crash', 'driver_crashed', 'crashed'],
    ['hang', 'driver_hung', 'did not answer within 1 s'],
  ] as const) {
    test(`${mode}: the run goes on on the CPU and says so once`, () => {
      const ran = run(['mosaic', tiles[0] ?? '', '-o', `${mode}.fits`], mode);
      expect(ran.exit).toBe(0);
      const told = ran.events.filter((event) => event.code === code);
      expect(told).toMatchObject([{ event: 'warning', message: expect.stringContaining(why) }]);
      expect(ran.events.find(({ event }) => event === 'plan')).toMatchObject({ backend: 'cpu' });
    });

    test(`${mode}: doctor names it, and a backend that was asked for is an error`, () => {
      const doctor = run(['doctor'], mode);
      const backends = doctor.events.at(-1)?.backends as { name: string; usable: boolean; note: string }[];
      expect(backends.find(({ name }) => name === 'cuda')).toMatchObject({
        usable: false,
        note: expect.stringContaining(why),
      });
      const asked = run(['mosaic', tiles[0] ?? '', '-o', 'x.fits', '--backend', 'cuda', '--no-cpu-fallback'], mode);
      expect(asked).toMatchObject({ exit: 6 });
    });
  }

  test('a signal ends the wait for it, and the process that asks', async () => {
    const environment = { ...driver('hang'), ZEMOSAIC_PROBE_SECONDS: '60' };
    const ended = await stopped(['doctor'], ['SIGINT'], { environment });
    expect(ended).toMatchObject({ exit: 130 });
    expect(ended.seconds).toBeLessThan(AT_ONCE);
    await Bun.sleep(200);
    expect(`${Bun.spawnSync(['ps', '-eo', 'args']).stdout}`).not.toContain('ask-driver.ts');
  });
});
