import { afterAll, describe, expect, test } from 'bun:test';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { put, resultFolder } from '../src/save.ts';

const dir = mkdtempSync(join(tmpdir(), 'zemosaic-save-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the results of a bench', () => {
  test('never replace the scenario that it reads, by whatever name, whatever --force', () => {
    const path = join(dir, 'bench.json');
    writeFileSync(path, '{}');
    symlinkSync('bench.json', join(dir, 'other.json'));
    for (const read of [path, join(dir, 'other.json'), join(dir, '.', 'bench.json')]) {
      const asked = () => resultFolder({ out: dir, force: true }, 'bench', ['small', read]);
      expect(asked).toThrow(`${path}: both output and read by this run`);
    }
    expect(resultFolder({ out: dir, force: true }, 'peers', [path])).toBe(dir);
    expect(resultFolder({ out: dir, force: true }, 'bench', ['small'])).toBe(dir);
  });

  test('are in the way even as links that lead nowhere, and replace links instead of following them', () => {
    const path = join(dir, 'peers.md');
    symlinkSync('nowhere', path);
    expect(() => resultFolder({ out: dir, force: false }, 'peers', [])).toThrow('exists; give --out');
    writeFileSync(join(dir, 'nowhere'), 'mine');
    put(path, 'result');
    expect([lstatSync(path).isFile(), readFileSync(path, 'utf8')]).toEqual([true, 'result']);
    expect(readFileSync(join(dir, 'nowhere'), 'utf8')).toBe('mine');
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('what others have at the name of an unfinished result stays', () => {
    const path = join(dir, 'taken.json');
    writeFileSync(`${path}.${process.pid}.new`, 'mine');
    expect(() => put(path, 'result')).toThrow('EEXIST');
    expect(readFileSync(`${path}.${process.pid}.new`, 'utf8')).toBe('mine');
  });
});
