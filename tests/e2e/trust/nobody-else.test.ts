import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Canvas } from '../canvas.ts';
import { filesIn, remove, root, sha256, start, temporary, zemosaic } from '../program.ts';
import { meanwhile } from './stopped.ts';

const dir = temporary();
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
function folder(name: string): { out: string; precious: string; at: (name: string) => string } {
  const path = join(dir, name);
  mkdirSync(path);
  const at = (file: string) => join(path, file);
  writeFileSync(at('precious'), 'mine');
  return { out: at('m.fits'), precious: at('precious'), at };
}

// Another user, if this one may become others, and the sources are open to all.
const other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const script = join(root, 'packages/cli/bin/zemosaic.ts');
const tried = process.getuid?.() === 0 && Bun.which('setpriv') !== null && [process.execPath, script, '--version'];
const nobody = tried && Bun.spawnSync([...other, ...tried]).exitCode === 0 ? other : null;
if (nobody === null) process.stderr.write('e2e: no other user to be, 3 tests skipped\n');

const names = (path: string) => filesIn(path).map((file) => basename(file));

describe('the name of the unfinished output', () => {
  test.each<[string, (at: (name: string) => string) => void, RegExp]>([
    ['a link', (at) => symlinkSync('precious', at('.m.fits.partial')), /is a link that this program did not make/],
    ['a second name of a file', (at) => linkSync(at('precious'), at('.m.fits.partial')), /has another name as well/],
    ['a file of somebody', (at) => writeFileSync(at('.m.fits.partial'), 'mine'), /this program did not write/],
    ['a folder', (at) => mkdirSync(at('.m.fits.partial')), /no regular file/],
  ])('%s that has it stays as it is: exit 5', async (name, plant, why) => {
    const { out, precious, at } = folder(name.replaceAll(' ', '-'));
    plant(at);
    const before = lstatSync(at('.m.fits.partial'));
    const ran = await zemosaic(words(out));
    expect(ran.exit).toBe(5);
    expect(ran.err).toMatch(why);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(lstatSync(at('.m.fits.partial')).ino).toBe(before.ino);
    expect(existsSync(out)).toBe(false);
  });

  test.each(['.m.fits.partial', '.m.weight.fits.partial'])(
    'what is in its place is found before the tiles are read: %s',
    async (name) => {
      const { out, at } = folder(`early${name}`);
      writeFileSync(at(name), 'mine');
      const ran = await zemosaic(words(out, '--split', '--json'));
      expect([ran.exit, ran.events.some(({ event }) => event === 'plan')]).toEqual([5, false]);
      const whole = at(name.replace('.partial', '').slice(1));
      const reason = 'holds something that this program did not write; move it away';
      expect(ran.err).toContain(`error  ${whole}: cannot be written: ${name} ${reason}`);
    },
  );

  test.skipIf(nobody === null)("another user's is found before the tiles are read", async () => {
    const { out, at } = folder('early-user');
    writeFileSync(at('.m.fits.partial'), '');
    chownSync(at('.m.fits.partial'), 65534, 65534);
    const ran = await zemosaic(words(out, '--json'));
    expect([ran.exit, ran.events.some(({ event }) => event === 'plan')]).toEqual([5, false]);
    expect(ran.err).toContain('.m.fits.partial belongs to another user; move it away');
  });

  test('a link in the place of the new journal, the picture or the report is not followed', async () => {
    const { out, precious, at } = folder('links');
    for (const name of ['m.fits.zemosaic-journal.new', 'm.png', 'm.report.json', 'm.report.html'])
      symlinkSync('precious', at(name));
    const ran = await zemosaic(words(out, '--preview', '--report', '--force'));
    expect(ran.exit).toBe(0);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(lstatSync(at('m.png')).isFile()).toBe(true);
  });

  test('removed during the run: what is published is what this run wrote, or nothing; exit 5', async () => {
    const { out, at } = folder('removed');
    let other: ReturnType<typeof start> | null = null;
    const ran = await meanwhile(words(out), { event: 'chunk.done', nth: 20 }, () => {
      rmSync(at('.m.fits.partial'));
      other = start(words(out, '--no-resume'));
      return new Promise((done) => setTimeout(done, 1000));
    });
    expect(ran.err).toContain('was removed, replaced or cut during the run');
    expect(ran.exit).toBe(5);
    const second = other as ReturnType<typeof start> | null;
    expect(await second?.exited).toBe(0);
    const whole = at('whole.fits');
    expect((await zemosaic(words(whole))).exit).toBe(0);
    expect(await sha256(out)).toBe(await sha256(whole));
  });
});

// The program makes this call without the C library, so that no preloaded one can refuse it.
const NO_LOCKS = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=flock', '-e', 'inject=flock:error=ENOSYS'];
const traced = Bun.which('strace') !== null && Bun.spawnSync([...NO_LOCKS, 'true']).exitCode === 0;
if (!traced) process.stderr.write('e2e: no strace, 2 tests skipped\n');

describe.skipIf(!traced)('a file system without locks', () => {
  const unlocked = (argv: string[]) => zemosaic(argv, {}, undefined, NO_LOCKS);

  test('two runs on one output make a file each, and both mosaics are whole', async () => {
    const { out, at } = folder('two');
    const [one, two] = [words(out, '--force', '--combine', 'max'), words(out, '--force', '--no-resume')];
    const whole = [at('one.fits'), at('two.fits')];
    for (const [i, argv] of [one, two].entries())
      expect((await zemosaic(argv.map((word) => (word === out ? (whole[i] ?? '') : word)))).exit).toBe(0);
    let second = '';
    const at20 = { event: 'chunk.done', nth: 20 };
    const beside = async () => {
      const ran = await unlocked(two);
      expect(`${ran.exit} ${ran.exit === 0 ? '' : ran.err}`).toBe('0 ');
      second = await sha256(out);
    };
    const first = await meanwhile(one, at20, beside, NO_LOCKS);
    expect(first.exit).toBe(0);
    expect([second, await sha256(out)]).toEqual([await sha256(whole[1] ?? ''), await sha256(whole[0] ?? '')]);
    expect(names(join(dir, 'two'))).toEqual(['m.fits', 'one.fits', 'precious', 'two.fits']);
  }, 60_000);

  test('a run that still lives is not resumed beside itself: exit 5; once it is dead it is', async () => {
    const { out, at } = folder('alive');
    let beside = '';
    await meanwhile(
      words(out),
      { event: 'chunk.done', nth: 20 },
      async () => {
        const ran = await unlocked(words(out));
        beside = `${ran.exit} ${ran.err.split('\n').find((line) => line.startsWith('error'))}`;
        process.kill(Number(/"pid":(\d+)/.exec(readFileSync(at('m.fits.zemosaic-journal'), 'utf8'))?.[1]), 'SIGKILL');
      },
      NO_LOCKS,
    );
    expect(beside).toMatch(/^5 error {2}.*process \d+ is writing it/);
    const ran = await unlocked(words(out));
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('resuming an interrupted run');
    expect(names(join(dir, 'alive'))).toEqual(['m.fits', 'precious']);
  }, 60_000);
});

describe('what the run reads or somebody has', () => {
  test('--like and a weight map in use are never the output, whatever --force: exit 2', async () => {
    const { at } = folder('inputs');
    const copy = (from: string, to: string) => writeFileSync(at(to), readFileSync(from));
    copy(tiles[0] ?? '', 'x.fits');
    copy(tiles[0] ?? '', 'x.weight.fits');
    copy(like, 'ref.fits');
    for (const [name, argv] of [
      ['ref.fits', ['mosaic', at('x.fits'), '--like', at('ref.fits')]],
      ['ref.fits', ['reproject', at('x.fits'), '--like', at('ref.fits')]],
      ['x.weight.fits', ['mosaic', at('x.fits')]],
    ] as const) {
      const before = await sha256(at(name));
      const ran = await zemosaic([...argv, '-o', at(name), '--force']);
      expect([ran.exit, await sha256(at(name))]).toEqual([2, before]);
    }
  });

  test('a config file and lists, nested ones too, are never replaced, whatever --force: exit 2', async () => {
    const { out, at } = folder('read');
    writeFileSync(at('m.report.json'), '{ "kernel": "nearest" }');
    writeFileSync(at('m.png'), tiles.join('\n'));
    writeFileSync(at('m.report.html'), '@m.png');
    writeFileSync(at('m.fits.zemosaic-journal'), '@m.png');
    const asked = ['--preview', '--report', '--force', '-o', out];
    const before = names(join(dir, 'read'));
    for (const [name, argv, environment] of [
      ['m.report.json', [...tiles, '--config', at('m.report.json')], {}],
      ['m.report.json', tiles, { ZEMOSAIC_CONFIG: at('m.report.json') }],
      ['m.png', [`@${at('m.png')}`], {}],
      ['m.png', [`@${at('m.report.html')}`], {}],
      ['m.png', [`@${at('m.fits.zemosaic-journal')}`], {}],
    ] as const) {
      const [text, ran] = [readFileSync(at(name), 'utf8'), await zemosaic(['mosaic', ...argv, ...asked], environment)];
      expect([ran.exit, readFileSync(at(name), 'utf8')]).toEqual([2, text]);
      expect(ran.err).toMatch(/: both output and read by this run; give -o another name\n$/);
    }
    expect(names(join(dir, 'read'))).toEqual(before);
    // An unfinished output, which would be taken up and emptied.
    writeFileSync(at('.m.fits.partial'), readFileSync(tiles[0] ?? ''));
    const partial = await zemosaic(['mosaic', at('.m.fits.partial'), '-o', out]);
    expect([partial.exit, await sha256(at('.m.fits.partial'))]).toEqual([2, await sha256(tiles[0] ?? '')]);
  });

  test('a link to a tile where a picture or a part is to be: exit 2, and no tile is left out', async () => {
    const { out, at } = folder('linked');
    for (const [name, option] of [
      ['m.png', '--preview'],
      ['m.weight.fits', '--split'],
    ] as const) {
      symlinkSync(tiles[0] ?? '', at(name));
      // Found by a glob, not named.
      const argv = ['mosaic', join(dir, '[ab].fits'), '--like', like, '-o', out, '--force', option];
      const ran = await zemosaic(argv);
      expect([ran.exit, ran.err.includes(`${at(name)}: both output and input`), existsSync(out)]).toEqual([
        2,
        true,
        false,
      ]);
      rmSync(at(name));
    }
  });

  test('a pipe or a socket where a picture or a report is to be is not replaced: exit 5', async () => {
    const { out, at } = folder('pipes');
    for (const name of ['m.png', 'm.report.json', 'm.report.html']) {
      Bun.spawnSync(['mkfifo', at(name)]);
      const ran = await zemosaic(words(out, '--force', '--preview', '--report'));
      expect([ran.exit, ran.err.includes('no regular file'), lstatSync(at(name)).isFIFO()]).toEqual([5, true, true]);
      rmSync(at(name));
    }
  });

  test('a link that leads nowhere is in the way as any file is, and replaced by --force', async () => {
    const { out } = folder('dangling');
    symlinkSync('nowhere', out);
    const ran = await zemosaic(words(out, '--json'));
    expect([ran.exit, ran.events.some(({ event }) => event === 'plan')]).toEqual([5, false]);
    expect(ran.err).toContain('m.fits: exists; use --force to replace it, or another -o');
    expect((await zemosaic(words(out, '--force'))).exit).toBe(0);
    expect(lstatSync(out).isFile()).toBe(true);
  });

  test.skipIf(nobody === null)(
    'what others own in a sticky folder is found before the tiles are read: exit 5',
    async () => {
      const { out, at } = folder('sticky');
      chmodSync(dir, 0o755);
      chmodSync(join(dir, 'sticky'), 0o1777);
      writeFileSync(at('m.png'), 'mine');
      for (const [argv, name] of [
        [words(out, '--force', '--preview', '--json'), 'm.png'],
        [words(at('precious.fits'), '--force', '--json'), 'precious.fits'],
      ] as const) {
        writeFileSync(at(name), 'mine');
        const ran = await zemosaic([...argv], {}, undefined, nobody ?? []);
        expect([ran.exit, ran.events.some(({ event }) => event === 'plan')]).toEqual([5, false]);
        expect(ran.err).toContain(`${name}: belongs to another user, who alone may replace it in this folder (sticky)`);
        expect(readFileSync(at(name), 'utf8')).toBe('mine');
        // One's own may be replaced there.
        chownSync(at(name), 65534, 65534);
        expect((await zemosaic([...argv], {}, undefined, nobody ?? [])).exit).toBe(0);
      }
    },
  );

  test.skipIf(nobody === null)('a folder of tiles that may be entered but not listed is told', async () => {
    const { at } = folder('unlisted');
    copyFileSync(tiles[0] ?? '', at('t.fits'));
    chmodSync(dir, 0o755);
    chmodSync(join(dir, 'unlisted'), 0o711);
    const ran = await zemosaic(['plan', at('t.fits')], {}, undefined, nobody ?? []);
    expect([ran.exit, ran.err]).toEqual([0, expect.stringContaining('unlisted: may not be listed: maps, masks')]);
  });

  test('demo replaces nothing without --force', async () => {
    const { at } = folder('demo');
    writeFileSync(at('mosaic.png'), 'mine');
    const ran = await zemosaic(['demo', '-o', join(dir, 'demo')]);
    expect(ran.exit).toBe(5);
    expect(ran.err).toContain('mosaic.png: exists; use --force');
    expect(names(join(dir, 'demo'))).toEqual(['mosaic.png', 'precious']);
  });

  test('demo --force writes through no link at the names of its tiles', async () => {
    const { at } = folder('demo-links');
    const demo = () => zemosaic(['demo', '-o', join(dir, 'demo-links'), '--force']);
    mkdirSync(at('tiles'));
    symlinkSync(at('precious'), at('tiles/demo-1.fits'));
    linkSync(at('precious'), at('tiles/demo-2.fits'));
    symlinkSync(at('born'), at('tiles/demo-3.fits'));
    writeFileSync(at('tiles/notes.txt'), 'mine');
    const before = readFileSync(at('precious'), 'utf8');
    expect((await demo()).exit).toBe(0);
    expect(readFileSync(at('precious'), 'utf8')).toBe(before);
    expect([existsSync(at('born')), existsSync(at('tiles/notes.txt'))]).toEqual([false, true]);
    expect(lstatSync(at('tiles/demo-1.fits')).isFile()).toBe(true);

    rmSync(at('tiles'), { recursive: true });
    mkdirSync(at('other'));
    symlinkSync('other', at('tiles'));
    const ran = await demo();
    expect([ran.exit, ran.err]).toEqual([5, expect.stringContaining('tiles: is a link; move it away')]);
    expect(names(at('other'))).toEqual([]);
  });
});
