import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copies } from '../src/inputs/copies.ts';

const dir = mkdtempSync(join(tmpdir(), 'copies-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('files that are the same are found, and one that has become a pipe by now is not waited for', () => {
  const file = (name: string, fill: number) => {
    writeFileSync(join(dir, name), new Uint8Array(100).fill(fill));
    return join(dir, name);
  };
  const [a, b, c] = [file('a', 1), file('b', 2), file('c', 1)];
  const pipes = ['p', 'q'].map((name) => join(dir, name));
  const made = process.platform === 'win32' ? [] : pipes;
  for (const pipe of made) Bun.spawnSync(['mkfifo', pipe]);
  expect(copies([a, b, c, ...made], 100)).toEqual([[a, c]]);
});
