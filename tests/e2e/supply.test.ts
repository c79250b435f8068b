import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import policy from '../../deny.toml';
import { root } from './program.ts';

// What `cargo deny check` says in CI, as far as it needs no network and no other tool.

/** Advisories that once applied, and the first version without them: no older one may come back. */
const FIXED: Record<string, string> = {
  // RUSTSEC-2026-0194, RUSTSEC-2026-0195
  'quick-xml': '0.41.0',
};

interface Package {
  id: string;
  name: string;
  version: string;
  license: string | null;
  source: string | null;
}

/** The packages that the addon is built from on all released platforms. */
function packages(): Package[] {
  const filter = policy.graph.targets.flatMap((target: string) => ['--filter-platform', target]);
  const words = ['cargo', 'metadata', '--format-version', '1', '--locked', ...filter];
  const ran = Bun.spawnSync(words, { cwd: root, stdout: 'pipe', stderr: 'pipe' });
  if (ran.exitCode !== 0) throw new Error(`${ran.stderr}`);
  const told = JSON.parse(`${ran.stdout}`) as { packages: Package[]; resolve: { nodes: { id: string }[] } };
  const used = new Set(told.resolve.nodes.map(({ id }) => id));
  return told.packages.filter(({ id, source }) => used.has(id) && source !== null);
}

/** Whether an SPDX expression can be met with the licences allowed. An older form writes a slash for OR. */
function allowed(expression: string): boolean {
  const bare = expression.replace(/\(([^()]+)\)/g, (_, inner: string) => (allowed(inner) ? 'MIT' : 'none'));
  if (bare !== expression) return allowed(bare);
  return bare
    .split(/ OR |\//)
    .some((choice) => choice.split(' AND ').every((one) => policy.licenses.allow.includes(one.trim())));
}

describe('what others supply', () => {
  test('is licensed and comes from where deny.toml allows', () => {
    const all = packages();
    expect(all.length).toBeGreaterThan(50);
    expect(
      all.filter(({ license }) => !allowed(license ?? 'none')).map(({ name, license }) => `${name}: ${license}`),
    ).toEqual([]);
    const strange = all.filter(({ source }) => source !== 'registry+https://github.com/rust-lang/crates.io-index');
    expect(strange.map(({ name }) => name)).toEqual([]);
    expect(['GPL-3.0-only', 'MIT AND GPL-3.0-only', '(MIT OR Zlib) AND none'].filter(allowed)).toEqual([]);
  });

  test('has no version of which an advisory is known', () => {
    const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
    const locked = [...lock.matchAll(/name = "([^"]+)"\nversion = "([^"]+)"/g)];
    expect(locked.length).toBeGreaterThan(50);
    const old = locked.filter(([, name = '', version = '']) => Bun.semver.order(version, FIXED[name] ?? '0.0.0') < 0);
    expect(old.map(([, name, version]) => `${name} ${version}`)).toEqual([]);
    expect(policy.advisories.ignore).toEqual([]);
  });

  test('and the actions of the workflows are named by their hash', () => {
    const folder = join(root, '.github/workflows');
    const uses = readdirSync(folder).flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/uses: *(.*)/g),
    ]);
    expect(uses.length).toBeGreaterThan(5);
    for (const [, action = ''] of uses) expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});
