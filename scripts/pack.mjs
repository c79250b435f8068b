// Packs the parts of a release, each as a tarball: the command line, its libraries, and the native part for this platform.
// `node scripts/pack.mjs DIR` is for trying it out: `bun install` in DIR, then `bunx zemosaic` there. For a release,
// `--release` lists the native parts of all platforms as dependencies, and `--no-native` packs none of them, because each is
// packed on the machine that builds it.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { addon, addonStamp, bun, bunVersion, root } from './paths.mjs';
import { nativeSbom, SBOM, scriptSbom } from './sbom.mjs';
import { thirdParty } from './third-party.mjs';

/** Suffix of the native package -> where it runs. The loader in packages/core derives the same names. */
const PLATFORMS = {
  'linux-x64-gnu': { os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
  'linux-arm64-gnu': { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  'darwin-x64': { os: ['darwin'], cpu: ['x64'] },
  'darwin-arm64': { os: ['darwin'], cpu: ['arm64'] },
  'win32-x64-msvc': { os: ['win32'], cpu: ['x64'] },
};
const ABI = { linux: '-gnu', win32: '-msvc' };
const here = `${process.platform}-${process.arch}${ABI[process.platform] ?? ''}`;

const SHARED = ['LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT'];
/** The licences of what others made and a package contains. */
const LICENCES = 'THIRD-PARTY-LICENSES';
/** The contents of a TypeScript package, besides package.json, licences and README. */
const FILES = { core: ['src'], bench: ['src', 'scenario', 'peers', 'README.md'], cli: ['bin', 'src', 'schema'] };

function fail(message) {
  process.stderr.write(`pack: ${message}\n`);
  process.exit(1);
}

const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** The version, which all manifests must share. */
function version() {
  const cargo = /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(
    readFileSync(join(root, 'Cargo.toml'), 'utf8'),
  );
  const all = { 'Cargo.toml': cargo?.[1], 'package.json': read('package.json').version };
  for (const name of Object.keys(FILES)) all[`packages/${name}`] = read(`packages/${name}/package.json`).version;
  if (new Set(Object.values(all)).size !== 1) fail(`versions differ: ${JSON.stringify(all)}`);
  return all['package.json'];
}

/** The fields that all manifests share. */
function common(name, of, about) {
  return {
    name,
    version: of,
    description: about,
    license: 'MIT OR Apache-2.0',
    repository: { type: 'git', url: 'git+https://github.com/zemosaic/zemosaic.git' },
    keywords: ['astronomy', 'fits', 'mosaic', 'coadd', 'wcs', 'reproject'],
  };
}

function stage(folder, manifest) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of SHARED) copyFileSync(join(root, file), join(folder, file));
}

function stageSources(folder, name, of, natives) {
  const { private: _, napi: __, dependencies, ...own } = read(`packages/${name}/package.json`);
  const pinned = Object.entries(dependencies).map(([key, range]) => [key, range === 'workspace:*' ? of : range]);
  const about = {
    core: 'The decisions of zemosaic: memory budgets, chunks, retries, reports',
    bench: 'Measures zemosaic, and other programs on the same tiles',
    cli: 'Plate-solved FITS images in, one mosaic out',
  };
  stage(folder, {
    ...common(own.name, of, about[name]),
    ...own,
    engines: { bun: `>=${bunVersion}` },
    files: [...FILES[name], ...(name === 'cli' ? [LICENCES] : []), SBOM, ...SHARED],
    dependencies: Object.fromEntries(pinned),
    ...(name === 'core' ? { optionalDependencies: Object.fromEntries(natives.map((key) => [key, of])) } : {}),
  });
  writeFileSync(join(folder, SBOM), scriptSbom(own.name, of, Object.fromEntries(pinned)));
  for (const file of FILES[name]) {
    cpSync(join(root, 'packages', name, file), join(folder, file), {
      recursive: true,
      filter: (path) => ![addon, addonStamp].includes(path),
    });
  }
  if (name === 'cli') stageBundle(folder);
  if (name === 'core') writeFileSync(join(folder, 'README.md'), note(own.name));
}

/** The sources as one compiled file, which the launcher starts instead of them. */
function stageBundle(folder) {
  copyFileSync(join(root, 'README.md'), join(folder, 'README.md'));
  const made = spawnSync(bun, [join(root, 'scripts', 'bundle.mjs'), join(folder, 'bin')], { encoding: 'utf8' });
  if (made.status !== 0) fail(`cannot bundle: ${made.stderr}`);
  const launcher = join(folder, 'bin', 'zemosaic');
  const text = readFileSync(launcher, 'utf8');
  const started = "import('./enter.ts')";
  if (text.split(started).length !== 2) fail(`bin/zemosaic does not end with ${started}`);
  // What measures runs reads files beside its sources; where the word is a file's name, the sources do the same, only later.
  const choice = `(process.argv.includes('bench') ? ${started} : import('./zemosaic.js'))`;
  writeFileSync(launcher, text.replace(started, choice));
  const licence = join(root, 'packages', 'cli', 'node_modules', 'commander', 'LICENSE');
  writeFileSync(join(folder, LICENCES), `bin/zemosaic.js contains commander:\n\n${readFileSync(licence, 'utf8')}`);
}

function note(name) {
  return `# ${name}\n\nA part of [zemosaic](https://github.com/zemosaic/zemosaic); install \`zemosaic\`.\n`;
}

function stageNative(folder, name, of) {
  if (!existsSync(addon)) fail('the native part is not built: npm run setup');
  const place = PLATFORMS[here];
  if (place === undefined) fail(`${here} is not a release platform`);
  stage(folder, {
    ...common(name, of, `The native part of zemosaic for ${here}`),
    ...place,
    main: 'zemosaic.node',
    files: ['zemosaic.node', LICENCES, SBOM, ...SHARED],
  });
  copyFileSync(addon, join(folder, 'zemosaic.node'));
  // Only debuggers need function names. Without `strip` the file is just larger.
  const options = process.platform === 'darwin' ? ['-x'] : ['--strip-unneeded'];
  spawnSync('strip', [...options, join(folder, 'zemosaic.node')], { stdio: 'ignore' });
  writeFileSync(join(folder, 'README.md'), note(name));
  writeFileSync(join(folder, LICENCES), thirdParty());
  writeFileSync(join(folder, SBOM), nativeSbom(name, of));
}

function pack(folder, out) {
  const done = spawnSync(bun, ['pm', 'pack', '--quiet', '--destination', out], { cwd: folder, encoding: 'utf8' });
  if (done.status !== 0) fail(`cannot pack ${folder}: ${done.stderr}`);
  return done.stdout.trim().split('\n').at(-1);
}

/** A manifest for trying the tarballs out. `overrides` makes sure that no part comes from a registry. */
function trial(tarballs) {
  const files = Object.entries(tarballs).map(([name, path]) => [name, `file:./${basename(path)}`]);
  const { zemosaic, ...parts } = Object.fromEntries(files);
  return { private: true, dependencies: { zemosaic }, overrides: parts };
}

const words = process.argv.slice(2);
const target = words.find((word) => !word.startsWith('--'));
if (target === undefined) fail('no folder given; usage: node scripts/pack.mjs DIR [--release] [--no-native]');
const out = resolve(target);
mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) if (old.endsWith('.tgz')) rmSync(join(out, old));
const of = version();
const native = `@zemosaic/native-${here}`;
const natives = words.includes('--release') ? Object.keys(PLATFORMS).map((key) => `@zemosaic/native-${key}`) : [native];
const work = mkdtempSync(join(tmpdir(), 'zemosaic-pack-'));
try {
  for (const name of Object.keys(FILES)) stageSources(join(work, name), name, of, natives);
  const own = words.includes('--no-native') ? [] : ['native'];
  if (own.length > 0) stageNative(join(work, 'native'), native, of);
  const tarballs = {};
  for (const folder of [...Object.keys(FILES), ...own]) {
    const { name } = JSON.parse(readFileSync(join(work, folder, 'package.json'), 'utf8'));
    tarballs[name] = pack(join(work, folder), out);
    process.stdout.write(`${name}\t${tarballs[name]}\n`);
  }
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(trial(tarballs), null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
