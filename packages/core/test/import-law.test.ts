import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../../..');

/** What all crates may need of ours: memory that may be missing. */
const ANYWHERE = 'room';

/** Rust: what else a crate may need of ours. The binding is the door and may need all; testkit serves tests and the demo. */
const CRATES: Record<string, readonly string[] | 'all'> = {
  binding: 'all',
  engine: ['cuda', 'wgpu', 'coadd', 'background', 'fits', 'wcs', 'probe', 'preview'],
  background: [],
  cuda: ['coadd'],
  wgpu: ['coadd'],
  // Lattices are data that kernels read; wcs makes them.
  coadd: ['wcs'],
  wcs: [],
  fits: [],
  probe: [],
  room: [],
  preview: [],
  testkit: ['wcs'],
  testscene: ['coadd', 'wcs'],
  'fake-cuda': [],
};

const PACKAGES: Record<string, readonly string[]> = { cli: ['core', 'bench'], bench: ['core'], core: [] };
const NAMES: Record<string, string> = { '@zemosaic/core': 'core', '@zemosaic/bench': 'bench', zemosaic: 'cli' };

interface Import {
  file: string;
  target: string;
}

function sources(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'));
}

function importsOf(file: string, text: string): Import[] {
  const found = [...text.matchAll(/(?:from|import|import\(|require\()\s*['"]([^'"]+)['"]/g)];
  return found.map((match) => ({ file, target: match[1] ?? '' }));
}

/** Our package that an import leads to; null for the outside world and the package itself. */
function packageOf({ file, target }: Import): string | null {
  const own = relative(join(root, 'packages'), file).split('/')[0] ?? '';
  if (target.startsWith('.')) {
    const to = relative(join(root, 'packages'), resolve(dirname(file), target)).split('/')[0] ?? '';
    return to === own ? null : to;
  }
  const name = Object.keys(NAMES).find((candidate) => target === candidate || target.startsWith(`${candidate}/`));
  return name === undefined ? null : (NAMES[name] ?? null);
}

function breaches(imports: Import[], from: string): Import[] {
  return imports.filter((one) => {
    const to = packageOf(one);
    return to !== null && !(PACKAGES[from] ?? []).includes(to);
  });
}

describe('import law', () => {
  for (const name of readdirSync(join(root, 'packages'))) {
    test(`packages/${name}`, () => {
      expect(PACKAGES[name]).toBeDefined();
      const places = ['src', 'bin'].map((place) => join(root, 'packages', name, place)).filter(existsSync);
      const imports = places.flatMap(sources).flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
      expect(imports.length).toBeGreaterThan(0);
      expect(breaches(imports, name)).toEqual([]);
    });
  }

  test('inside core: only native/ meets the addon, budget and retry never meet each other', () => {
    const src = join(root, 'packages/core/src');
    for (const file of sources(src)) {
      const place = relative(src, file);
      for (const { target } of importsOf(file, readFileSync(file, 'utf8'))) {
        const to = target.startsWith('.') ? relative(src, resolve(dirname(file), target)) : target;
        if (to.startsWith('native/native.d')) expect(['device.ts', 'native/native-device.ts']).toContain(place);
        if (to === 'native/native-device.ts') expect(place).toBe('index.ts');
        if (place.startsWith('budget/')) expect(to).not.toStartWith('retry/');
        if (place.startsWith('retry/')) expect(to).not.toStartWith('budget/');
        if (/^(budget|retry|tiles|header)\//.test(place)) expect(to).not.toMatch(/^(node:|bun$)(?!path$)/);
      }
    }
  });

  for (const name of readdirSync(join(root, 'crates'))) {
    const manifest = join(root, 'crates', name, 'Cargo.toml');
    if (!existsSync(manifest)) continue;
    test(`crates/${name}`, () => {
      const allowed = CRATES[name];
      expect(allowed).toBeDefined();
      const toml = Bun.TOML.parse(readFileSync(manifest, 'utf8')) as { dependencies?: Record<string, unknown> };
      const ours = Object.keys(toml.dependencies ?? {})
        .filter((key) => key.startsWith('zemosaic-'))
        .map((key) => key.slice('zemosaic-'.length));
      expect(ours).not.toContain('testscene');
      if (allowed !== 'all')
        expect(ours.filter((key) => key !== ANYWHERE && !(allowed ?? []).includes(key))).toEqual([]);
    });
  }

  test('the law can be broken: core importing the command line is a breach', () => {
    const file = join(root, 'packages/core/src/mosaic.ts');
    expect(breaches(importsOf(file, "import { main } from '../../cli/src/main.ts';"), 'core').length).toBe(1);
    expect(breaches(importsOf(file, "import x from 'zemosaic/src/main.ts';"), 'core').length).toBe(1);
    expect(breaches(importsOf(file, "import x from './channel.ts';"), 'core').length).toBe(0);
  });
});
