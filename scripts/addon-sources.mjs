// One hash of everything the addon is built from. File times are useless for this: a checkout gives old contents new times.
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
/** Folders of a crate that do not enter its library. */
const ASIDE = ['tests', 'benches', 'examples', 'target'];

/** The files below a folder, in the same order on every system. `path` is relative to the root, with slashes. */
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

/** The hash of sources and manifests, and of the build's other arguments. */
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
