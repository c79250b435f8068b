import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fakeEngine } from '../../core/test/fake-engine.ts';
import { bare, file, hdu, wcs } from '../../core/test/fake-facts.ts';
import { cli, folder } from './run-cli.ts';

const COMMANDS = ['mosaic', 'reproject', 'plan', 'inspect', 'doctor', 'demo', 'bench'];

describe('the command line', () => {
  test.each(COMMANDS)('%s --help has an example and the common options', async (command) => {
    const ran = await cli([command, '--help']);
    expect(ran.exit).toBe(0);
    expect(ran.err).toBe('');
    for (const word of [`zemosaic ${command}`, '--json', '--quiet', '--no-color', '--debug', '--version']) {
      expect(ran.out).toContain(word);
    }
  });

  test('--version', async () => {
    expect((await cli(['--version'])).out).toBe('0.1.0\n');
    expect((await cli(['plan', '--version'])).exit).toBe(0);
  });

  test.each([
    [[], 'name a command'],
    [['mosiac'], 'did you mean mosaic?'],
    [['mosaic', 'a.fits', '--kernal', 'x'], 'did you mean --kernel?'],
    [['mosaic'], 'missing required argument'],
    [['mosaic', 'a.fits', '--kernel'], 'argument missing'],
    [['mosaic', 'a.fits'], '-o OUT.fits'],
    [['mosaic', 'a.fits', '-o', ''], '-o OUT.fits'],
    [['reproject', 'a.fits', '-o', 'b.fits'], '--like REF'],
    [['reproject', 'a.fits', 'c.fits', '--like', 'r', '-o', 'b.fits'], 'one image'],
    [['bench', 'race'], 'bench race is unknown'],
    [['bench', 'compare', 'a'], 'takes two saved benches'],
    [['bench', '--kernel', 'sharp'], 'is not one of nearest'],
    [['bench', '--threads', '1,,2'], 'empty item'],
    [['bench', '--scenario', 'none'], 'is not one of alpha, colour'],
    [['bench', '--runs', '0'], 'outside 1 to 1000'],
    [['demo', '--seed', 'x'], 'whole number'],
    [['doctor', 'extra'], 'too many arguments'],
  ])('%j: exit 2, one line', async (argv, words) => {
    const ran = await cli(argv);
    expect(ran.exit).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).toContain(words);
    expect(ran.err.trimEnd().split('\n').length).toBe(1);
  });

  test('a bench of an unknown scenario leaves no folder behind', async () => {
    for (const words of [['bench'], ['bench', 'peers']]) {
      const out = join(folder(), 'results');
      expect((await cli([...words, '--scenario', 'none', '--out', out])).exit).toBe(2);
      expect(existsSync(out)).toBe(false);
    }
  });

  test('a usage error with --json is one event', async () => {
    const ran = await cli(['mosaic', 'a.fits', '--nope', '--json']);
    expect(ran.events).toMatchObject([{ schema: 1, event: 'run.failed', code: 'usage' }]);
  });

  test('an unexpected fault is exit 1; --debug shows where', async () => {
    const fake = fakeEngine();
    fake.engine.hostFacts = () => {
      throw new TypeError('broken');
    };
    const plain = await cli(['doctor'], fake);
    expect(plain.exit).toBe(1);
    expect(plain.err).toMatch(/^error {2}unexpected: broken.*\n$/);
    expect((await cli(['doctor', '--debug'], fake)).err).toContain('at ');
  });
});

describe('plan', () => {
  test('shows what would be done and writes nothing', async () => {
    const dir = folder('a.fits', 'b.fits');
    const fake = fakeEngine();
    fake.script.broken.set(join(dir, 'b.fits'), 'changed');
    const ran = await cli(['plan', dir], fake);
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(/^tiles +1\n/);
    expect(ran.out).toContain('200 x 1000 px');
    expect(ran.out).toMatch(/skipped +1 tile/);
    expect(fake.asked.output).toBeNull();
    expect(fake.asked.abandoned).toBe(1);
  });

  test('as JSON one plan event', async () => {
    const ran = await cli(['plan', folder('a.fits'), '--json', '--chunk-rows', '10']);
    expect(ran.events.map((event) => event.event)).toEqual(['plan']);
    expect(ran.events[0]).toMatchObject({ chunks: 100, rows_per_chunk: 10, cap_mb: null, backend: 'cpu' });
  });
});

describe('reproject', () => {
  test("uses the reference's grid", async () => {
    const dir = folder('a.fits', 'ref.fits');
    const fake = fakeEngine();
    const out = join(dir, 'o.fits');
    const argv = ['reproject', join(dir, 'a.fits'), '--like', join(dir, 'ref.fits'), '-o', out];
    expect((await cli(argv, fake)).exit).toBe(0);
    expect(fake.asked.like).toBe(join(dir, 'ref.fits'));
  });

  test('a reference that does not exist: exit 3 before any work', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    const argv = ['reproject', join(dir, 'a.fits'), '--like', join(dir, 'none.fits'), '-o', join(dir, 'o.fits')];
    expect((await cli(argv, fake)).exit).toBe(3);
    expect(fake.asked.read).toEqual([]);
  });
});

describe('inspect', () => {
  test('a table of every image, with what is wrong', async () => {
    const dir = folder('a.fits', 'b.fits', 'c.fits', 'a.weight.fits');
    const fake = fakeEngine();
    const path = (name: string) => join(dir, name);
    fake.script.facts.set(
      path('a.fits'),
      file(path('a.fits'), [hdu({ wcs: wcs({ distortion: 'SIP', mirrored: true }) })]),
    );
    fake.script.facts.set(path('b.fits'), file(path('b.fits'), [bare()]));
    const problem = { code: 'not_fits', reason: 'is not FITS' };
    fake.script.facts.set(path('c.fits'), file(path('c.fits'), [], { problem }));
    const ran = await cli(['inspect', dir], fake);
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(/a\.fits.*100 x 80.*TAN-SIP ICRS.*mirrored.*map a\.weight\.fits/);
    expect(ran.out).toMatch(/b\.fits.*no celestial WCS/);
    expect(ran.out).toMatch(/c\.fits.*is not FITS/);
    const json = await cli(['inspect', dir, '--json'], fake);
    expect(json.events.length).toBe(1);
    expect(json.events[0]?.tiles).toBeArrayOfSize(4);
  });

  test('nothing usable: exit 3', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    fake.script.facts.set(join(dir, 'a.fits'), file(join(dir, 'a.fits'), [bare()]));
    expect((await cli(['inspect', dir], fake)).exit).toBe(3);
  });
});

describe('doctor', () => {
  test('shows the machine, the backends and the debug variables that are set', async () => {
    const ran = await cli(['doctor'], fakeEngine(), { ZEMOSAIC_PRETEND_POWER: 'battery' });
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain('8.00 GB available of 16.00 GB');
    expect(ran.out).toMatch(/cuda +no NVIDIA driver/);
    expect(ran.out).toContain('ZEMOSAIC_PRETEND_POWER=battery');
    expect(ran.out).toMatch(/power +battery/);
  });
});

describe('demo', () => {
  test('simulates tiles, makes the mosaic and preview, and says where; is repeated only with --force', async () => {
    const dir = join(folder(), 'sky');
    for (const words of [[], ['--force']]) {
      const ran = await cli(['demo', '-o', dir, ...words]);
      expect(ran.exit).toBe(0);
      expect(ran.out).toContain(join(dir, 'mosaic.fits'));
      expect(ran.out).toContain(join(dir, 'mosaic.png'));
      expect(existsSync(join(dir, 'mosaic.report.json'))).toBe(true);
    }
    const again = await cli(['demo', '-o', dir]);
    expect(again.exit).toBe(5);
    expect(again.err).toContain('mosaic.fits: exists; use --force');
  });
});
