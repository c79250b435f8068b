import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, header, padded, sky, writeFits } from './fits.ts';
import { clean, events, named, type Ran, remove, root, temporary, zemosaic } from './program.ts';

let dir = '';
beforeAll(() => {
  dir = temporary();
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, 'tmp'));
  chmodSync(join(dir, 'tmp'), 0o777);
});
afterAll(() => remove(dir));

const size = { width: 40, height: 30 };
const value = () => 7;
const center: [number, number] = [150, 30];

/** Writes one file with each kind of problem, and returns their paths. */
function broken(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const written = (name: string, bytes: string | Uint8Array) => {
    writeFileSync(at(name), bytes);
    return at(name);
  };
  const solved = (name: string, cards: Cards = {}, ...more: Parameters<typeof writeFits>[1][]) =>
    writeFits(at(name), { ...size, value, cards: { ...sky(40, 30, center), ...cards } }, ...more);
  const cut = (path: string, bytes: number) => {
    truncateSync(path, bytes);
    return path;
  };
  const canvas = new Canvas(folder, 60, 50);
  const packed = canvas.compressed('packed-bad.fits', [5, 5], { ...size, value: (x, y) => x + y }, 10);
  firstTile(packed, 1_000_000);
  solved('badmap-one.fits');
  cut(writeFits(at('badmap-one.weight.fits'), { ...size, value }), 2880 * 2);
  solved('othermap-one.fits');
  writeFits(at('othermap-one.weight.fits'), { width: 7, height: 5, value });
  const unreadable = solved('unreadable.fits');
  chmodSync(unreadable, 0);
  return {
    empty: written('empty.fits', ''),
    text: written('text.fits', 'this is not FITS'),
    headless: written('headless.fits', header({ SIMPLE: true, BITPIX: 8, NAXIS: 2 }).slice(0, 2000)),
    truncated: cut(solved('truncated.fits'), 2880 * 2),
    gone: cut(solved('half-gone.fits', {}, { name: 'MORE', ...size, value }), 2880 * 4),
    naxis: written('naxis.fits', header({ SIMPLE: true, BITPIX: 8, NAXIS: -1 })),
    bscale: solved('bscale.fits', { BSCALE: 'one' }),
    noWcs: writeFits(at('no-wcs.fits'), { ...size, value }),
    noImage: written('no-image.fits', header({ SIMPLE: true, BITPIX: 8, NAXIS: 0 })),
    cube: writeFits(at('five-planes.fits'), { ...size, planes: 5, value, cards: sky(40, 30, center) }),
    singular: solved('singular.fits', { CD1_1: 0, CD1_2: 0, CD2_1: 0, CD2_2: 0 }),
    wrong: solved('wrong-wcs.fits', { CTYPE1: 'RA---XYZ', CTYPE2: 'DEC--XYZ' }),
    tableCut: cut(
      solved('table-cut.fits', { CPDIS1: 'LOOKUP', DP1: 'EXTVER: 1.0' }, { name: 'WCSDVARR', ...size, value }),
      2880 * 5,
    ),
    table: solved('lookup.fits', { CPDIS1: 'LOOKUP', DP1: 'EXTVER: 1.0' }),
    packed,
    gzip: written('cut.fits.gz', Bun.gzipSync(Buffer.from(readFileSync(at('no-wcs.fits')))).slice(0, 400)),
    bayer: solved('bayer.fits', { BAYERPAT: 'RGGB' }),
    tail: written('tail.fits', Buffer.concat([readFileSync(at('badmap-one.fits')), Buffer.alloc(2880, 'x')])),
    unreadable,
    badmap: at('badmap-one.fits'),
    othermap: at('othermap-one.fits'),
  };
}

/** Makes a compressed image claim that its first tile takes this many bytes: the table begins behind the second header. */
function firstTile(path: string, length: number): string {
  const bytes = readFileSync(path);
  const end = bytes.indexOf(Buffer.from('END'.padEnd(80)), 2880);
  bytes.writeInt32BE(length, Math.ceil((end + 80) / 2880) * 2880);
  writeFileSync(path, bytes);
  return path;
}

/** Root may read everything, so for root the program runs as a user who may not. */
async function run(argv: string[]): Promise<Ran> {
  if (process.getuid?.() !== 0 || Bun.which('setpriv') === null) return zemosaic(argv);
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const words = [...nobody, process.execPath, join(root, 'packages/cli/bin/zemosaic.ts'), ...argv];
  // Anybody's, as /tmp is.
  const env = { ...clean, TMPDIR: join(dir, 'tmp') };
  const child = Bun.spawn(words, { cwd: root, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exit: await child.exited, out, err, events: argv.includes('--json') ? events(out) : [] };
}

/** Lines that name a file twice, by its path or by its name without the folder. */
function stutters(text: string, paths: string[]): string[] {
  const twice = (line: string, name: string) => line.split(name).length > 2;
  return text.split('\n').filter((line) => paths.some((path) => twice(line, path) || twice(line, basename(path))));
}

describe('a file is named once in a line', () => {
  test('the check can fail', () => {
    expect(stutters('skipped /a/b.fits: /a/b.fits HDU 0: truncated', ['/a/b.fits'])).toHaveLength(1);
    expect(stutters('skipped /a/b.fits: no WCS (b.fits)', ['/a/b.fits'])).toHaveLength(1);
    expect(stutters('skipped /a/b.fits: no WCS', ['/a/b.fits'])).toEqual([]);
  });

  test.each(['mosaic', 'plan', 'inspect'])('%s of a folder of broken files', async (command) => {
    const folder = join(dir, `${command}-broken`);
    const files = broken(folder);
    const outFolder = join(dir, `${command}-out`);
    mkdirSync(outFolder, { mode: 0o777 });
    chmodSync(outFolder, 0o777);
    writeFits(join(folder, 'good.fits'), { ...size, value, cards: sky(40, 30, center) });
    const argv = [command, folder, ...(command === 'mosaic' ? ['-o', join(outFolder, 'm.fits'), '--force'] : [])];
    const [people, json] = [await run(argv), await run([...argv, '--json'])];
    expect(people.exit).toBe(0);
    const paths = Object.values(files);
    expect(stutters(people.err, paths)).toEqual([]);
    expect(stutters(json.err, paths)).toEqual([]);
    if (command === 'inspect') return;
    const skipped = new Map(named(json, 'tile.skipped').map((one) => [one.path, one]));
    for (const [kind, path] of Object.entries(files)) {
      const one = skipped.get(path);
      if (kind === 'tail' || kind === 'gone') expect(one).toBeUndefined();
      else expect(`${kind} ${one?.code}`).not.toContain('undefined');
      expect(String(one?.reason)).not.toContain(dirname(path));
    }
    expect(skipped.get(files.truncated)).toMatchObject({ code: 'truncated', hdu: 0 });
    expect(skipped.get(files.bscale)).toMatchObject({ code: 'bad_header', hdu: 0, keyword: 'BSCALE' });
    expect(skipped.get(files.badmap)).toMatchObject({ map: join(folder, 'badmap-one.weight.fits') });
  });

  test('each of them alone, as a tile and as the reference of the grid', async () => {
    const files = broken(join(dir, 'alone'));
    const good = writeFits(join(dir, 'good.fits'), { ...size, value, cards: sky(40, 30, center) });
    for (const [kind, path] of Object.entries(files)) {
      const alone = await run(['plan', path]);
      expect(`${kind} ${alone.exit}`).toBe(`${kind} ${kind === 'tail' || kind === 'gone' ? 0 : 3}`);
      expect(stutters(alone.err, [path])).toEqual([]);
      expect(alone.err).toContain(path.startsWith(dir) && alone.exit === 3 ? path : '');
      const like = await run(['plan', good, '--like', path]);
      expect(stutters(like.err, [path])).toEqual([]);
      if (like.exit !== 0) expect(like.err).toContain(path);
    }
  }, 120_000);

  test('a file in a folder that may not be entered is exit 3', async () => {
    const shut = join(dir, 'shut-away');
    mkdirSync(shut);
    const path = writeFits(join(shut, 'a.fits'), { ...size, value, cards: sky(40, 30, center) });
    chmodSync(shut, 0o000);
    const { exit, err } = await run(['plan', path]);
    chmodSync(shut, 0o700);
    expect(exit).toBe(3);
    expect(err).toContain('a.fits: cannot be read: ');
  });

  test('names of files that do not exist', async () => {
    const link = join(dir, 'link.fits');
    symlinkSync(join(dir, 'nothing-there'), link);
    const list = join(dir, 'list-dir');
    mkdirSync(list);
    const config = join(dir, 'config-dir.json');
    mkdirSync(config);
    const shut = join(dir, 'shut');
    mkdirSync(shut);
    const shutList = join(dir, 'shut.txt');
    const shutConfig = join(dir, 'shut.json');
    for (const path of [shutList, shutConfig]) writeFileSync(path, '{}');
    for (const path of [shut, shutList, shutConfig]) chmodSync(path, 0);
    const out = join(dir, 'no-folder', 'm.fits');
    const good = writeFits(join(dir, 'good.fits'), { ...size, value, cards: sky(40, 30, center) });
    for (const [path, argv] of [
      [link, ['plan', link]],
      [list, ['plan', `@${list}`]],
      [config, ['plan', good, '--config', config]],
      [shut, ['plan', shut]],
      [shutList, ['plan', `@${shutList}`]],
      [shutConfig, ['plan', good, '--config', shutConfig]],
      [out, ['mosaic', good, '-o', out]],
    ] as const) {
      const ran = await run([...argv]);
      expect(ran.exit).toBeGreaterThan(0);
      expect(stutters(ran.err, [path])).toEqual([]);
    }
  }, 60_000);

  test('a tile and a map that turn out damaged during the run', async () => {
    const folder = join(dir, 'damaged');
    mkdirSync(folder);
    const canvas = new Canvas(folder, 60, 50);
    const spoiled = (name: string) => {
      const path = canvas.compressed(name, [5, 5], { ...size, value: (x, y) => x + y }, 10);
      return firstTile(path, 0);
    };
    const tile = spoiled('spoiled.fits');
    const mapped = canvas.tile('mapped.fits', [5, 5], { ...size, value });
    const map = spoiled('mapped.weight.fits');
    const argv = ['mosaic', tile, mapped, '--like', canvas.like, '-o', join(folder, 'm.fits'), '--report', '--json'];
    const ran = await zemosaic(argv);
    expect(ran.exit).toBe(0);
    const said = named(ran, 'warning').filter(({ code }) => code === 'tile_damaged');
    expect(said.map((one) => one.path)).toEqual([tile, mapped]);
    expect(said.map((one) => String(one.reason))).toEqual([
      expect.stringContaining('tile 1 is damaged'),
      expect.stringContaining('its weight map cannot be used: HDU 1: cannot decompress: tile 1 is damaged'),
    ]);
    expect(String(said[1]?.message)).toEndWith(`(${map})`);
    expect(stutters(ran.err, [tile, mapped, map])).toEqual([]);
  });
});

describe('a hundred tiles with the same problem', () => {
  test('are a hundred events and one line that counts them', async () => {
    const folder = join(dir, 'hundred');
    mkdirSync(folder);
    const name = (at: number) => `t${String(at).padStart(3, '0')}.fits`;
    const path = (at: number) => join(folder, name(at));
    for (let at = 0; at < 100; at += 1) writeFits(path(at), { width: 4, height: 3, value });
    // Each lacks a different number of bytes, but the problem is the same.
    for (let at = 100; at < 150; at += 1) {
      writeFits(path(at), { ...size, value, cards: sky(40, 30, center) });
      truncateSync(path(at), 2880 + at);
    }
    writeFileSync(path(150), padded(new Uint8Array(10), 0));
    for (const at of [151, 152]) writeFits(path(at), { ...size, value: () => at, cards: sky(40, 30, center) });
    const argv = ['mosaic', folder, '-o', join(dir, 'hundred.fits'), '--report', '--force'];
    const json = await zemosaic([...argv, '--json']);
    expect(json.exit).toBe(0);
    const events = named(json, 'tile.skipped');
    const of = (code: string) => events.filter((one) => one.code === code);
    expect([of('no_wcs').length, of('truncated').length, of('not_fits').length]).toEqual([100, 50, 1]);
    expect(new Set(of('no_wcs').map((one) => one.reason)).size).toBe(1);
    expect(named(json, 'run.done')[0]).toMatchObject({ tiles_skipped: 151, warnings: { tile_skipped: 151 } });

    const people = await zemosaic(argv);
    for (const { err } of [json, people]) {
      const lines = err.split('\n').filter((line) => line.startsWith('WARN'));
      expect(lines).toEqual([
        `WARN  skipped ${path(0)}: no celestial WCS in any HDU; plate-solve it first`,
        expect.stringMatching(/^WARN {2}skipped .*t150\.fits: filled with zero bytes, not a FITS file/),
        expect.stringMatching(/^WARN {2}skipped .*t100\.fits\[0\]: truncated: needs 7680 bytes, the file has 2980; /),
        'WARN  100 tiles skipped: no celestial WCS in any HDU; plate-solve it first (t000.fits, t001.fits, t002.fits and 97 more)',
        expect.stringMatching(
          /^WARN {2}50 tiles skipped: truncated: .* \(t100\.fits; likewise t101\.fits, t102\.fits and 47 more\)$/,
        ),
      ]);
    }
    const report = JSON.parse(readFileSync(join(dir, 'hundred.report.json'), 'utf8'));
    expect(report.skipped.length).toBe(151);
    expect(report.warnings.map(({ code, count }: { code: string; count: number }) => [code, count])).toEqual([
      ['tile_skipped', 100],
      ['tile_skipped', 1],
      ['tile_skipped', 50],
    ]);
    const page = readFileSync(join(dir, 'hundred.report.html'), 'utf8');
    expect(page).toContain('100: t000.fits, t001.fits, t002.fits and 97 more');
    expect(page).not.toContain('t050.fits');
  });

  test('if no tile is left: the kinds, and then the error', async () => {
    const folder = join(dir, 'none');
    mkdirSync(folder);
    for (let at = 0; at < 5; at += 1) writeFits(join(folder, `${at}.fits`), { width: 4, height: 3, value });
    const ran = await zemosaic(['plan', folder, '--quiet']);
    expect(ran.exit).toBe(3);
    expect(ran.err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^WARN {2}skipped .*0\.fits: no celestial WCS/),
      expect.stringMatching(/^WARN {2}5 tiles skipped: .*\(0\.fits, 1\.fits, 2\.fits and 2 more\)$/),
      expect.stringMatching(/^error {2}none of the 5 tiles can be used; the first, .*0\.fits: no celestial WCS/),
    ]);
  });
});
