import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Canvas } from '../canvas.ts';
import { library } from '../failing/failing.ts';
import { filesIn, remove, sha256, temporary, zemosaic } from '../program.ts';
import { meanwhile } from './stopped.ts';

const dir = temporary();
const failing = library(dir);
if (failing === null) process.stderr.write('e2e: no C compiler, 12 tests skipped\n');
let tiles: string[] = [];
let like = '';
beforeAll(() => {
  const canvas = new Canvas(dir, 300, 400);
  like = canvas.like;
  const sides = { width: 200, height: 400, value: (x: number, y: number) => ((x * 7919 + y * 104729) % 997) + 100 };
  tiles = [canvas.tile('a.fits', [0.3, 0.2], sides), canvas.tile('b.fits', [90.3, 0.2], sides)];
});
afterAll(() => remove(dir));

const words = (out: string, ...more: string[]) => [
  ...['mosaic', ...tiles, '--like', like, '-o', out, '--reproducible', '--backend', 'cpu', '--chunk-rows', '10'],
  ...['--threads', '1', ...more],
];

/** A folder of its own, with somebody's file. */
function folder(name: string): { out: string; at: (name: string) => string } {
  const path = join(dir, name);
  mkdirSync(path);
  const at = (file: string) => join(path, file);
  writeFileSync(at('precious'), 'mine');
  return { out: at('m.fits'), at };
}

const names = (path: string) => filesIn(path).map((file) => basename(file));

describe.skipIf(failing === null)('three files of --split', () => {
  const mark = () => join(dir, 'mark');
  const split = ['m.alpha.fits', 'm.fits', 'm.weight.fits'];
  for (const [kind, what] of [
    ['rename', 'a rename that fails'],
    ['kill', 'a kill'],
  ] as const) {
    test(`${what} between them: the same command puts the rest in its place, with or without an older set`, async () => {
      const whole = folder(`split-whole-${kind}`);
      expect((await zemosaic(words(whole.out, '--split'))).exit).toBe(0);
      for (const [older, nth] of [
        [false, 3],
        [true, 2],
        [true, 3],
      ] as const) {
        const { out, at } = folder(`split-${kind}-${older}-${nth}`);
        if (older) expect((await zemosaic(words(out, '--split', '--combine', 'max'))).exit).toBe(0);
        const argv = words(out, '--split', ...(older ? ['--force'] : []));
        const broken = await zemosaic(argv, {
          ...{ LD_PRELOAD: failing ?? '', FAIL_KIND: kind, FAIL_NTH: String(nth), FAIL_MARK: mark() },
        });
        expect(broken.exit).not.toBe(0);
        // OUT.fits is there only with the files that belong to it.
        expect(existsSync(out)).toBe(false);
        const again = await zemosaic(argv);
        expect(`${again.exit} ${again.exit === 0 ? '' : again.err}`).toBe('0 ');
        expect(names(join(dir, `split-${kind}-${older}-${nth}`))).toEqual([...split, 'precious']);
        for (const name of split) expect(await sha256(at(name))).toBe(await sha256(whole.at(name)));
      }
    });
  }
});

describe.skipIf(failing === null)('a mosaic that is in its place when its run is killed', () => {
  const killed = { LD_PRELOAD: failing ?? '', FAIL_KIND: 'killed', FAIL_MARK: join(dir, 'mark') };
  for (const [more, nth] of [
    [[], '1'],
    [['--split'], '3'],
  ] as const) {
    const made = async (name: string) => {
      const { out, at } = folder(`${name}-${nth}`);
      expect((await zemosaic(words(out, ...more), { ...killed, FAIL_NTH: nth })).exit).not.toBe(0);
      expect(existsSync(`${out}.zemosaic-journal`)).toBe(true);
      return { out, at, files: ['m.fits', 'precious', ...(nth === '3' ? ['m.alpha.fits', 'm.weight.fits'] : [])] };
    };

    test(`${more}: the same command says so, makes what goes with it and leaves nothing else`, async () => {
      const { out, files } = await made('complete');
      const { ino } = lstatSync(out);
      const again = await zemosaic(words(out, ...more, '--preview'));
      expect(again.exit).toBe(0);
      expect(again.err).toContain(`${out}: was complete already when an earlier run was ended`);
      expect(again.err).not.toContain('WARN');
      expect(lstatSync(out).ino).toBe(ino);
      expect(names(join(dir, `complete-${nth}`))).toEqual([...files, 'm.png'].sort());
    });

    test(`${more}: another command does not replace it without --force, and needs nothing else`, async () => {
      const { out, files } = await made('completed');
      const other = words(out, ...more, '--combine', 'max');
      const refused = await zemosaic(other);
      expect([refused.exit, refused.err.includes('exists; use --force')]).toEqual([5, true]);
      const forced = await zemosaic([...other, '--force']);
      expect([forced.exit, forced.err.includes('WARN')]).toEqual([0, false]);
      expect(names(join(dir, `completed-${nth}`))).toEqual(files.sort());
    });

    test(`${more}: other contents in that file are somebody's, even of the same size`, async () => {
      const { out } = await made('edited');
      const theirs = 'X'.repeat(lstatSync(out).size);
      writeFileSync(out, theirs);
      const again = await zemosaic(words(out, ...more));
      expect([again.exit, again.err.includes('exists')]).toEqual([5, true]);
      expect(readFileSync(out, 'utf8') === theirs).toBe(true);
    });
  }

  test('by two signals before anybody has heard of it: exit 8, and one line says that it is complete', async () => {
    const { out } = folder('signalled');
    // Of one file and of its folder: by the second the file has its name.
    const env = { ...killed, FAIL_KIND: 'signals', FAIL_NTH: '2' };
    const ran = await zemosaic(words(out), env);
    expect([ran.exit, existsSync(out)]).toEqual([8, true]);
    expect(ran.err).toContain(`${out} is complete, but what goes with it is not`);
  });
});

test.skipIf(failing === null)('what appears at the last moment is not replaced without --force: exit 5', async () => {
  for (const [kind, code] of [
    ['appears', 'exists already; choose another name or overwrite it with --force'],
    ['cut', 'was removed, replaced or cut during the run'],
  ] as const) {
    const { out, at } = folder(kind);
    const env = { LD_PRELOAD: failing ?? '', FAIL_KIND: kind, FAIL_NTH: '1', FAIL_MARK: join(dir, 'mark') };
    const aimed = { ...env, FAIL_PATH: kind === 'cut' ? at('.m.fits.partial') : out };
    const ran = await zemosaic(words(out), aimed);
    expect([ran.exit, ran.err]).toEqual([5, expect.stringContaining(code)]);
    if (kind === 'appears') expect(readFileSync(out, 'utf8')).toBe('somebody');
    else expect(existsSync(out)).toBe(false);
  }
});

const lacking = (calls: string, error: string) => [
  ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`],
];
const traced =
  Bun.which('strace') !== null && Bun.spawnSync([...lacking('renameat2', 'EINVAL'), 'true']).exitCode === 0;
if (!traced) process.stderr.write('e2e: no strace, 3 tests skipped\n');

test.skipIf(!traced).each([
  ['renameat2', 'EINVAL'],
  ['renameat2,linkat', 'EPERM'],
  ['renameat2,linkat', 'EOPNOTSUPP'],
])('a file system without %s (%s) gets the same files', async (calls, error) => {
  const name = `lacks-${calls}-${error}`;
  const { out, at } = folder(name);
  const ran = await zemosaic(words(out, '--split'), {}, undefined, lacking(calls, error));
  expect(`${ran.exit} ${ran.exit === 0 ? '' : ran.err}`).toBe('0 ');
  expect(names(join(dir, name))).toEqual(['m.alpha.fits', 'm.fits', 'm.weight.fits', 'precious']);
  for (const one of ['m.alpha.fits', 'm.fits', 'm.weight.fits']) expect(lstatSync(at(one)).nlink).toBe(1);
});

describe('three files of --split where no journal can be', () => {
  const all = ['m.alpha.fits', 'm.fits', 'm.weight.fits'];
  const made = (name: string) => {
    const { out, at } = folder(name);
    mkdirSync(`${out}.zemosaic-journal`);
    return { out, at, argv: words(out, '--split') };
  };

  test('what cannot be put in its place is taken away: exit 5, and the same command starts over', async () => {
    const { at, argv } = made('unjournaled');
    const block = { event: 'chunk.done', nth: 20 };
    const ran = await meanwhile(argv, block, () => mkdirSync(at('m.alpha.fits')));
    expect([ran.exit, names(join(dir, 'unjournaled'))]).toEqual([5, ['precious']]);
    rmSync(at('m.alpha.fits'), { recursive: true });
    expect((await zemosaic(argv)).exit).toBe(0);
    expect(names(join(dir, 'unjournaled'))).toEqual([...all, 'precious']);
  });

  const partial = all.map((name) => `.${name}.partial`);
  for (const [kind, nth, left] of [
    ['rename', 2, ['precious']],
    ['kill', 2, [...partial, 'm.alpha.fits', 'precious']],
    ['kill', 3, [...partial, 'm.alpha.fits', 'm.weight.fits', 'precious']],
  ] as const) {
    const name = `unjournaled-${kind}-${nth}`;
    test.skipIf(failing === null)(
      `a ${kind} before the ${nth}. leaves only what the next run knows as ours`,
      async () => {
        const { out, at, argv } = made(name);
        const env = { LD_PRELOAD: failing ?? '', FAIL_KIND: kind, FAIL_NTH: String(nth), FAIL_MARK: join(dir, 'mark') };
        expect((await zemosaic(argv, env)).exit).not.toBe(0);
        expect(names(join(dir, name))).toEqual([...left]);
        const again = await zemosaic(argv);
        expect(`${again.exit} ${again.exit === 0 ? '' : again.err}`).toBe('0 ');
        expect(names(join(dir, name))).toEqual([...all, 'precious']);
        for (const one of all) expect(lstatSync(at(one)).nlink).toBe(1);
        expect((await zemosaic(argv)).err).toContain(`${out}: exists; use --force`);
      },
    );
  }

  test.skipIf(failing === null)(
    'a kill when all of them are there: they are complete, and --force replaces them',
    async () => {
      const { out, at, argv } = made('unjournaled-there');
      const env = { LD_PRELOAD: failing ?? '', FAIL_KIND: 'killed', FAIL_NTH: '3', FAIL_MARK: join(dir, 'mark') };
      expect((await zemosaic(argv, env)).exit).not.toBe(0);
      const before = await sha256(at('m.weight.fits'));
      expect((await zemosaic(argv)).err).toContain(`${out}: exists; use --force`);
      // Stopped before it is complete it has not touched those that are there.
      const env2 = { ...env, FAIL_KIND: 'kill', FAIL_NTH: '1' };
      expect((await zemosaic([...argv, '--force', '--combine', 'max'], env2)).exit).not.toBe(0);
      expect([existsSync(out), await sha256(at('m.weight.fits'))]).toEqual([false, before]);
      expect((await zemosaic([...argv, '--force'])).exit).toBe(0);
      expect(names(join(dir, 'unjournaled-there'))).toEqual([...all, 'precious']);
    },
  );
});
