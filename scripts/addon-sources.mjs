// What the addon is built from, as one hash. Times of files say nothing: a checkout makes old contents new.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const MANIFESTS = [
  'Cargo.toml',
  'Cargo.lock',
  'rust-toolchain.toml',
  '.cargo/config.toml',
  'packages/core/package.json',
];
/** Folders of a crate that its library is not made from. */
const ASIDE = ['tests', 'benches', 'examples', 'target'];

/** Files below a folder, in an order that is the same everywhere. `path` is below the root, with slashes. */
function* files(path, aside = []) {
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.') || aside.includes(entry.name)) continue;
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) yield* files(inner);
    else yield inner;
  }
}

/** Hash of the sources, of the manifests and of what else the build is told. */
export function addonSources(told) {
  const hash = createHash('sha256');
  const manifests = MANIFESTS.filter((path) => existsSync(join(root, path)));
  const crates = readdirSync(join(root, 'crates')).sort();
  for (const path of [...manifests, ...crates.flatMap((name) => [...files(`crates/${name}`, ASIDE)])]) {
    const content = readFileSync(join(root, path));
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.update(JSON.stringify([process.platform, process.arch, ...told])).digest('hex');
}
