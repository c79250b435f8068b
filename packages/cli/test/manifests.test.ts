import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { devDependencies: tools, scripts } = JSON.parse(read('package.json'));

/** Pages, workflows and scripts: all files that could name a version or a command. */
const files = ['scripts', '.github', '.ci', 'docs']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
  .concat('README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'packages/bench/README.md')
  .filter((path) => /\.(md|mjs|yml)$|\.ci\/run$/.test(path));

describe('one home for each version', () => {
  test('Bun: these tests run on it, its types have the same version, and only package.json names it', () => {
    expect(Bun.version).toBe(tools.bun);
    expect(tools['@types/bun']).toBe(tools.bun);
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((path) => read(path).includes(tools.bun))).toEqual([]);
    expect(files.filter((path) => /\bbun@v?\d/.test(read(path)))).toEqual([]);
  });

  test('Rust: the compiler that rustup installs can build the crates', () => {
    const oldest = /^rust-version = "([\d.]+)"/m.exec(read('Cargo.toml'))?.[1] ?? '';
    const ours = /^channel = "([\d.]+)"/m.exec(read('rust-toolchain.toml'))?.[1] ?? '';
    expect([oldest, ours]).toEqual([expect.stringMatching(/^1\.\d+$/), expect.stringMatching(/^1\.\d+\.\d+$/)]);
    expect(Bun.semver.order(ours, `${oldest}.0`)).toBeGreaterThanOrEqual(0);
    expect(files.filter((path) => read(path).includes(`Rust ${oldest}`))).toEqual([]);
  });

  test('every npm command that a page, a workflow or a script names exists', () => {
    const named = files.flatMap((path) =>
      [...read(path).matchAll(/\b(?:npm|bun) run (?:-\S+ )*([a-z][\w:-]*)/g)].map((match) => `${path}: ${match[1]}`),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((one) => !((one.split(': ')[1] ?? '') in scripts))).toEqual([]);
  });
});
