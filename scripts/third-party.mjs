// The licences of everything that is linked into the native part. Their texts must be distributed with it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostTriple, root } from './paths.mjs';

const TEXT = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;
/** C sources inside a crate have their licence in a folder of their own. */
const DEEPER = [
  '.',
  'licenses',
  'cfitsio',
  'cfitsio/licenses',
  join('ext', 'cfitsio'),
  join('ext', 'cfitsio', 'licenses'),
];

/** One text with each licence once, and the packages it applies to. */
export function thirdParty() {
  const of = new Map();
  for (const { name, version, license, authors, repository, manifest_path } of linked()) {
    const texts = textsOf(dirname(manifest_path));
    const said =
      texts.length > 0
        ? texts
        : [`Licensed as ${license ?? 'its package says'}; ${[...authors, repository ?? ''].join(', ')}`];
    for (const text of said) of.set(text, [...(of.get(text) ?? []), `${name} ${version}`]);
  }
  const parts = [...of].map(([text, names]) => `${names.sort().join(', ')}\n\n${text}\n`);
  return `Software that the native part of zemosaic is built from, and its licences.\n\n${parts.sort().join(`\n${'-'.repeat(79)}\n\n`)}`;
}

/** Third-party packages that are linked into the addon, without those that only build or test it. */
export function linked() {
  const args = ['metadata', '--format-version', '1', '--locked'];
  const triple = hostTriple();
  if (triple !== null) args.push('--filter-platform', triple);
  const meta = JSON.parse(execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }));
  const nodes = new Map(meta.resolve.nodes.map((node) => [node.id, node]));
  const packages = new Map(meta.packages.map((one) => [one.id, one]));
  const start = meta.packages.find((one) => one.name === 'zemosaic-binding');
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id)?.deps ?? []) {
      const isSource = packages.get(pkg)?.name.endsWith('-src');
      if (isSource || dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(start.id);
  return [...seen].map((id) => packages.get(id)).filter(({ source }) => source !== null);
}

function textsOf(folder) {
  return DEEPER.map((place) => join(folder, place))
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => ({ name, path: join(place, name) })))
    .filter(({ name, path }) => TEXT.test(name) && statSync(path).isFile())
    .map(({ path }) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim());
}
