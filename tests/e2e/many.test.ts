import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Canvas } from './canvas.ts';
import { holdsTogether, readFits } from './fits.ts';
import { clean, remove, temporary } from './program.ts';

const script = resolve(import.meta.dir, '../../packages/cli/bin/zemosaic.ts');
const dir = temporary();
afterAll(() => remove(dir));

describe.skipIf(process.platform === 'win32')('many tiles', () => {
  test('five thousand, although a process may have only 256 files open', () => {
    const [columns, rows, side] = [100, 50, 8];
    const canvas = new Canvas(dir, columns * side, rows * side);
    mkdirSync(join(dir, 'many'));
    for (let at = 0; at < columns * rows; at += 1) {
      const offset: [number, number] = [(at % columns) * side, Math.floor(at / columns) * side];
      canvas.tile(join('many', `${at}.fits`), offset, { width: side, height: side, value: () => at });
    }
    const out = join(dir, 'out.fits');
    const words = ['mosaic', join(dir, 'many'), '-o', out, '--like', canvas.like, '--match-background', 'none'];
    const more = ['--backend', 'cpu', '--kernel', 'nearest', '--report'];
    const limit = 'ulimit -n 256; exec "$@"';
    const ran = Bun.spawnSync(['sh', '-c', limit, 'sh', process.execPath, script, ...words, ...more], { env: clean });
    expect(`${ran.exitCode} ${ran.exitCode === 0 ? '' : ran.stderr}`).toBe('0 ');
    const images = readFits(out);
    expect(holdsTogether(images)).toBe(columns * rows * side * side);
    const values = images[0]?.values ?? new Float32Array();
    const wrong = values.findIndex((value, at) => {
      const [x, y] = [at % (columns * side), Math.floor(at / (columns * side))];
      return value !== Math.floor(y / side) * columns + Math.floor(x / side);
    });
    expect(wrong).toBe(-1);
  });
});
