import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { writeFits } from './fits.ts';
import { named, type Ran, remove, sha256, start, temporary, zemosaic } from './program.ts';

const dir = temporary();
const mounts: string[] = [];
afterAll(() => {
  for (const path of mounts) Bun.spawnSync(['umount', path]);
  remove(dir);
});

/** A new file system of 8 MB; null if this user may not mount one. */
function disk(name: string): string | null {
  const path = join(dir, name);
  mkdirSync(path);
  const made = Bun.which('mount') !== null && Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path]);
  if (made === false || made.exitCode !== 0) return null;
  mounts.push(path);
  return path;
}

const first = process.platform === 'linux' ? disk('disk') : null;
if (first === null) process.stderr.write('e2e: no file system may be mounted here, 5 tests skipped\n');

/** The only error line. */
function line(ran: Ran): string {
  const lines = ran.err.split('\n').filter((text) => text.startsWith('error'));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

describe.skipIf(first === null)('a disk of 8 MB', () => {
  const small = first ?? '';
  let mosaic: string[] = [];
  let tooLarge: string[] = [];
  beforeAll(() => {
    // 9 bytes per pixel: 7.4 MB and 9.6 MB.
    const words = (width: number, height: number) => {
      const canvas = new Canvas(dir, width, height);
      const tile = canvas.tile(`tile-${height}.fits`, [0.3, 0.4], {
        ...{ width, height },
        value: (x, y) => ((x * 7919 + y * 104729) % 9973) / 7,
      });
      return ['mosaic', tile, '--like', canvas.like, '--reproducible', '--backend', 'cpu'];
    };
    mosaic = words(920, 930);
    tooLarge = words(1000, 1060);
  });

  test('is too small for an output of 9 MB: one line, nothing left', async () => {
    const ran = await zemosaic([...tooLarge, '-o', join(small, 'large.fits')]);
    expect(ran.exit).toBe(5);
    expect(line(ran)).toMatch(
      /large\.fits: needs \d+ MB and its disk has \d MB free; free some space, or choose another disk with -o/,
    );
    expect(ran.err).not.toContain('background model');
    expect(readdirSync(small)).toEqual([]);
    const planned = await zemosaic(['plan', ...tooLarge.slice(1, 4), '-o', join(small, 'large.fits')]);
    expect([planned.exit, line(planned)]).toEqual([5, line(ran)]);
  });

  test('is filled up during the run: one line, and with space again the run resumes to the same bytes', async () => {
    const out = join(small, 'out.fits');
    const words = [...mosaic, '--chunk-rows', '2', '--json', '-o', out];
    const child = start(words);
    const err = new Response(child.stderr).text();
    const reader = child.stdout.getReader();
    let text = '';
    while (!text.includes('"chunk.done"')) {
      const { value, done } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    child.kill('SIGSTOP');
    const ballast = join(small, 'ballast');
    Bun.spawnSync(['dd', 'if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stderr: 'ignore' });
    child.kill('SIGCONT');
    while (!(await reader.read()).done);
    const exit = await child.exited;
    expect(exit).toBe(5);
    expect(line({ exit, out: text, err: await err, events: [] })).toContain('out.fits');
    expect(existsSync(out)).toBe(false);
    rmSync(ballast);
    const again = await zemosaic(words);
    expect(`${again.exit} ${again.exit === 0 ? '' : again.err}`).toBe('0 ');
    expect(named(again, 'info').filter(({ code }) => code === 'resumed')).toHaveLength(1);
    expect(readdirSync(small)).toEqual(['out.fits']);
    const whole = join(dir, 'whole.fits');
    expect((await zemosaic([...mosaic, '-o', whole])).exit).toBe(0);
    expect(await sha256(out)).toBe(await sha256(whole));
    rmSync(out);
  });

  test('has space for the mosaic but not its picture: the mosaic stays, one line names the picture', async () => {
    const out = join(small, 'seen.fits');
    const ran = await zemosaic([...mosaic, '--preview', '-o', out]);
    expect(ran.exit).toBe(8);
    expect(ran.err).toMatch(/^WARN .*the mosaic is complete, but .*seen\.png could not be written/m);
    expect(readdirSync(small)).toEqual(['seen.fits']);
    expect(await sha256(out)).toBe(await sha256(join(dir, 'whole.fits')));
    rmSync(out);
  });

  test('is where gzip files are unpacked: only tiles are kept, and one line says if even those are too many', async () => {
    const canvas = new Canvas(dir, 800, 900);
    const sides = { width: 800, height: 900, value: (x: number, y: number) => (x * y) % 13 };
    const gzip = (path: string) => {
      writeFileSync(`${path}.gz`, Bun.gzipSync(readFileSync(path)));
      return `${path}.gz`;
    };
    // 2.9 MB each: there is space for two.
    const tiles = [0, 1, 2].map((at) => gzip(canvas.tile(`packed-${at}.fits`, [at + 0.3, 0.4], sides)));
    const noSky = ['x', 'y'].map((name) => gzip(writeFits(join(dir, `${name}.fits`), sides)));
    const out = join(dir, 'unpacked.fits');
    const made = async (inputs: string[]) => {
      const words = ['mosaic', ...inputs, '--like', canvas.like, '--backend', 'cpu', '-o', out, '--force'];
      const ran = await zemosaic(words, { TMPDIR: small });
      expect(readdirSync(small)).toEqual([]);
      return ran;
    };
    const two = await made([...noSky, ...tiles.slice(0, 2)]);
    expect(`${two.exit} ${two.exit === 0 ? '' : two.err}`).toBe('0 ');
    expect(two.err).not.toContain('unpack');
    expect(two.err).toMatch(/tiles +2$/m);
    // A file that is not packed does not make it the fault of one that is.
    const plain = canvas.tile('plain.fits', [0.3, 0.4], sides);
    writeFileSync(join(small, 'ballast'), new Uint8Array(6 << 20));
    const words = ['mosaic', plain, tiles[0] ?? '', '--like', canvas.like, '-o', out, '--force'];
    const mixed = await zemosaic(words, { TMPDIR: small });
    expect(mixed.exit).toBe(5);
    rmSync(join(small, 'ballast'));
    const three = await made(tiles);
    expect(three.exit).toBe(5);
    expect(line(three)).toMatch(/packed-\d\.fits\.gz: unpacking it into .* needs \d+ bytes, \d+ are free/);
  });

  test('is read-only: one line, nothing written', async () => {
    const fixed = disk('fixed') ?? '';
    expect(Bun.spawnSync(['mount', '-o', 'remount,ro', fixed]).exitCode).toBe(0);
    const ran = await zemosaic([...mosaic, '--preview', '--report', '-o', join(fixed, 'out.fits')]);
    expect(ran.exit).toBe(5);
    expect(line(ran)).toMatch(/folder .*fixed is not writable; give -o another folder/);
    expect(readdirSync(fixed)).toEqual([]);
  });
});
