import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clean, named, remove, start, temporary, zemosaic } from './program.ts';

const root = resolve(import.meta.dir, '../..');
const scenarios = join(root, 'packages/bench/scenario');

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

/** A tiny scenario with the given number of tiles in a row, unless the tiles are to be large. */
function scenario(columns: number, [width, height] = [120, 90]): string {
  const small = JSON.parse(readFileSync(join(scenarios, 'small.json'), 'utf8'));
  const layout = { ...small.layout, columns, rows: 1, width, height };
  const path = join(dir, 'tiny.json');
  writeFileSync(path, JSON.stringify({ ...small, name: 'tiny', layout }));
  return path;
}

async function bench(out: string, columns: number, ...more: string[]) {
  const common = ['--scenario', scenario(columns), '--tiles', join(dir, 'tiles'), '--out', join(dir, out)];
  return zemosaic([
    'bench',
    ...common,
    '--backend',
    'cpu',
    '--threads',
    '2',
    '--chunk-rows',
    '16,64',
    '--runs',
    '2',
    ...more,
  ]);
}

describe('bench', () => {
  test('a signal leaves neither tiles half made nor mosaics', async () => {
    const cache = join(dir, 'cut');
    const child = start([
      'bench',
      '--scenario',
      scenario(6, [4000, 4000]),
      '--tiles',
      cache,
      '--out',
      join(dir, 'cut-out'),
    ]);
    const begun = () => existsSync(cache) && readdirSync(cache).some((name) => name.startsWith('tiny-'));
    while (!begun() && child.exitCode === null) await Bun.sleep(2);
    child.kill('SIGINT');
    expect(await child.exited).toBe(130);
    expect(readdirSync(cache)).toEqual([]);
  });

  test('sweeps, interleaved, and writes JSON, Markdown and a page; tiles are kept, mosaics are not', async () => {
    const ran = await bench('a', 2);
    expect(ran.exit).toBe(0);
    const order = [...ran.err.matchAll(/run (\d)\/2 {2}\S+\/(\d+)rows/g)].map(([, run, rows]) => `${run}:${rows}`);
    expect(order).toEqual(['1:16', '1:64', '2:16', '2:64']);
    for (const name of ['bench.json', 'bench.md', 'bench.html']) expect(existsSync(join(dir, 'a', name))).toBe(true);
    const kept = readdirSync(join(dir, 'tiles'));
    expect(kept.length).toBe(1);
    const saved = JSON.parse(readFileSync(join(dir, 'a/bench.json'), 'utf8'));
    expect(saved.results.map((result: { unsteady: string[] }) => result.unsteady)).toEqual([[], []]);
    for (const { counters } of saved.results) {
      expect(counters).toMatchObject({ tiles: 2, 'ch1.backend': 'cpu', 'ch1.bytes_read': 2 * 120 * 90 * 4 });
    }
    for (const { runs } of saved.results) for (const run of runs) expect(run.floor_seconds).toBeGreaterThan(0);
    expect((await bench('a', 2)).exit).toBe(5);
    mkdirSync(join(dir, 'mine'));
    writeFileSync(join(dir, 'mine/bench.md'), 'mine');
    expect((await bench('mine', 2)).err).toContain('bench.md exists; give --out another folder');
    const again = await bench('b', 2);
    expect(again.err).toContain('kept from before');
  });

  test('tiles are stored as a scenario says: packed ones hold the same pixels, opacity is used', async () => {
    const kinds = ['plain', 'alpha', 'rice', 'gzip'];
    const covered: number[] = [];
    const read: number[] = [];
    for (const storage of kinds) {
      const own = JSON.parse(readFileSync(scenario(2), 'utf8'));
      const path = join(dir, `${storage}.json`);
      writeFileSync(path, JSON.stringify({ ...own, name: storage, layout: { ...own.layout, storage } }));
      const places = ['--tiles', join(dir, 'stored'), '--out', join(dir, `of-${storage}`)];
      const words = ['--backend', 'cpu', '--threads', '2', '--runs', '1'];
      const ran = await zemosaic(['bench', '--scenario', path, ...places, ...words]);
      expect(ran.exit).toBe(0);
      const saved = JSON.parse(readFileSync(join(dir, `of-${storage}/bench.json`), 'utf8'));
      covered.push(saved.results[0].counters['ch1.covered']);
      read.push(saved.results[0].counters['ch1.bytes_read']);
    }
    expect(covered.slice(2)).toEqual([covered[0], covered[0]] as number[]);
    // Corners are transparent.
    expect(covered[1]).toBeLessThan(covered[0] ?? 0);
    expect(covered[1]).toBeGreaterThan(0.8 * (covered[0] ?? 0));
    expect(read[1]).toBe(2 * 120 * 90 * (4 + 1));
    const values = kinds.map((kind) => {
      const [kept] = readdirSync(join(dir, 'stored')).filter((name) => name.startsWith(`${kind}-`));
      return zemosaic(['inspect', join(dir, 'stored', kept ?? '', 'tile-0001.fits'), '--json']);
    });
    const [plain, , rice, gzip] = (await Promise.all(values)).map(({ out }) =>
      /"min":([-.\d]+),"max":([-.\d]+)/.exec(out),
    );
    expect(gzip?.slice(1)).toEqual(plain?.slice(1) ?? []);
    expect(Math.abs(Number(rice?.[1]) - Number(plain?.[1]))).toBeLessThanOrEqual(0.5);
    expect(Math.abs(Number(rice?.[2]) - Number(plain?.[2]))).toBeLessThanOrEqual(0.5);
  });

  test('compare: the same passes; more tiles under the same name are caught', async () => {
    // Times of such short runs mean nothing, but counters do.
    const judge = (a: string, b: string) =>
      zemosaic(['bench', 'compare', join(dir, a), join(dir, b), '--tolerance', '100']);
    const same = await judge('a', 'b');
    expect(same.exit).toBe(0);
    expect(same.out).toContain('0 regressions');
    await bench('c', 3);
    const worse = await judge('a', 'c');
    expect(worse.exit).toBe(1);
    expect(worse.err).toMatch(/regression in tiny\/cpu.*grid/);
    expect(worse.out).toMatch(/tiles +2 +3 +- +changed/);
  });

  test('compare: a slower run is caught', async () => {
    const saved = JSON.parse(readFileSync(join(dir, 'a/bench.json'), 'utf8'));
    for (const { runs } of saved.results) for (const run of runs) run.seconds += 1;
    writeFileSync(join(dir, 'slow.json'), JSON.stringify(saved));
    const ran = await zemosaic(['bench', 'compare', join(dir, 'a/bench.json'), join(dir, 'slow.json'), '--json']);
    expect(ran.exit).toBe(1);
    const regressions = named(ran, 'bench.compare')[0]?.regressions as { figure: string; verdict: string }[];
    expect(regressions.map(({ figure, verdict }) => `${figure} ${verdict}`)).toEqual([
      'elapsed slower',
      'elapsed slower',
    ]);
    expect(named(ran, 'run.failed')).toMatchObject([{ code: 'regression' }]);
  });

  test('compare: a file that is not a saved bench is exit 3', async () => {
    writeFileSync(join(dir, 'no.json'), '{"schema":1}');
    for (const path of [join(dir, 'no.json'), join(dir, 'nowhere'), scenarios]) {
      expect((await zemosaic(['bench', 'compare', path, join(dir, 'a')])).exit).toBe(3);
    }
  });

  test('a backend that is missing is exit 6, never the CPU under its name', async () => {
    const doctor = (await zemosaic(['doctor', '--json'])).events[0]?.cuda_devices as unknown[];
    if (doctor.length > 0) return;
    const ran = await bench('d', 2, '--backend', 'cuda');
    expect(ran.exit).toBe(6);
    expect(ran.err).toContain('--backend cuda');
  });

  test.skipIf(process.platform !== 'linux' || Bun.which('cc') === null)(
    'on a slow disk: a rate so low that it must show, and the same counters',
    async () => {
      const path = scenario(2);
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), disk_mb_per_s: 1 }));
      const common = ['--scenario', path, '--backend', 'cpu', '--tiles', join(dir, 'tiles'), '--runs', '1'];
      const ran = await zemosaic(['bench', ...common, '--threads', '2', '--chunk-rows', '64', '--out', join(dir, 's')]);
      expect(ran.exit).toBe(0);
      const [slow] = JSON.parse(readFileSync(join(dir, 's/bench.json'), 'utf8')).results;
      const [fast] = JSON.parse(readFileSync(join(dir, 'a/bench.json'), 'utf8')).results.slice(-1);
      expect(slow.counters).toEqual(fast.counters);
      // 86,400 bytes at 1 MB/s: the only time that is asserted here is one that the disk itself asserts.
      const [run] = slow.runs;
      expect(run.seconds).toBeGreaterThan(0.086);
      expect(run.floor_seconds).toBeGreaterThanOrEqual(0.0864);
    },
  );

  test.skipIf(process.platform !== 'linux')(
    "a GPU that costs nothing: the host's share beside the CPU run, and one line where there is none",
    async () => {
      const path = scenario(2);
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), driver: 'null' }));
      const common = ['bench', '--scenario', path, '--tiles', join(dir, 'tiles'), '--runs', '1', '--threads', '2'];
      const without = await zemosaic([...common, '--out', join(dir, 'h0')], { CARGO_TARGET_DIR: '/nowhere' });
      expect([without.exit, without.err]).toEqual([6, expect.stringContaining('npm run fake-cuda')]);
      expect(Bun.spawnSync([process.execPath, 'run', '--silent', 'fake-cuda'], { cwd: root }).exitCode).toBe(0);
      const ran = await zemosaic([...common, '--out', join(dir, 'h'), '--json']);
      expect(ran.exit).toBe(0);
      expect(ran.err.match(/the output means nothing/g)?.length).toBe(1);
      const { results, host_shares } = JSON.parse(readFileSync(join(dir, 'h/bench.json'), 'utf8'));
      const backends = results.map(({ counters }: { counters: Record<string, unknown> }) => counters['ch1.backend']);
      expect(backends).toEqual(['cpu', 'cuda']);
      expect(host_shares.length).toBe(1);
      expect(named(ran, 'bench')[0]?.host_shares).toEqual(host_shares);
      expect(readFileSync(join(dir, 'h/bench.html'), 'utf8')).toContain("The host's share");
    },
  );

  test('peers: this program and whatever else is here, on the same grid', async () => {
    const out = join(dir, 'p');
    const ran = await zemosaic(
      [
        'bench',
        'peers',
        '--scenario',
        scenario(2),
        '--combine',
        'mean,median',
        '--tiles',
        join(dir, 'tiles'),
        '--out',
        out,
        '--runs',
        '1',
        '--json',
      ],
      { ZEMOSAIC_PYTHON: '/no/such/python' },
    );
    expect(ran.exit).toBe(0);
    const race = named(ran, 'bench.peers')[0] as unknown as {
      rows: { peer: string; combine: string; runs: { seconds: number }[]; remark: string | null }[];
      missing: { peer: string }[];
    };
    const ours = race.rows.filter(({ peer }) => peer === 'zemosaic');
    expect(ours.map(({ combine }) => combine)).toEqual(['mean', 'median']);
    for (const { runs, remark } of race.rows) expect([runs.length, remark]).toEqual([1, null]);
    expect(race.missing.map(({ peer }) => peer)).toEqual(
      expect.arrayContaining(['reproject', 'drizzle', 'dfreproject']),
    );
    expect(readFileSync(join(out, 'peers.md'), 'utf8')).toContain('| zemosaic');
  });

  test('the committed counters hold on the CPU; one that is off by one is caught', () => {
    const ci = (...words: string[]) =>
      Bun.spawnSync([process.execPath, join(root, 'packages/bench/ci.ts'), '--only', 'cpu', ...words], {
        cwd: root,
        env: clean,
      });
    const right = ci();
    expect(right.stdout.toString()).toContain('bench counters: 1 passed, 0 failed, 0 skipped');
    const wrong = join(dir, 'counters');
    cpSync(join(root, 'packages/bench/run/ci'), wrong, { recursive: true });
    const text = readFileSync(join(wrong, 'cpu.json'), 'utf8');
    writeFileSync(
      join(wrong, 'cpu.json'),
      text.replace(/"ch1\.chunks": (\d+)/, (_, n) => `"ch1.chunks": ${Number(n) + 1}`),
    );
    const caught = ci('--counters', wrong);
    expect(caught.exitCode).toBe(1);
    expect(caught.stdout.toString()).toMatch(/^changed small\/cpu\S+: ch1\.chunks 16 -> 15$/m);
    expect(caught.stdout.toString()).toContain('bench counters: 0 passed, 1 failed, 0 skipped');
  });
});
