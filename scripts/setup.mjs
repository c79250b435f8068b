// Prepares a clean clone: installs the packages, then builds the addon; with the word `packages` only the former, with
// `release` the addon as it is released. Plain Node without dependencies, because it runs before any are installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonSources } from './addon-sources.mjs';
import {
  addon,
  addonStamp,
  bun,
  bunVersion,
  hostTriple,
  napiVersion,
  nativeDir,
  root,
  rustVersion,
  targetDir,
} from './paths.mjs';
import { reproducibleEnvironment } from './reproducible.mjs';

/** A release is built so that its bytes depend on its sources alone. */
const release = process.argv[2] === 'release';
const stamp = join(root, 'node_modules', '.zemosaic-installed');
/** Arguments of napi other than paths. With --no-const-enum string enums become unions of strings, which exist only as types. */
const BUILD = ['build', '--release', '--dts', 'native.d.ts', '--no-const-enum'];

function fail(message) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(1);
}

function run(command, args, what, env = {}) {
  process.stderr.write(`setup: ${what}\n`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  return done.status === 0;
}

/** A hash of everything an install depends on. File times mean nothing after a checkout, so contents are compared. */
function lockHash() {
  const hash = createHash('sha256');
  const manifests = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'package.json'));
  for (const file of ['bun.lock', 'package.json', ...manifests.sort()]) {
    if (existsSync(join(root, file))) hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function installPackages() {
  const hash = lockHash();
  if (existsSync(bun) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  if (!run('npx', ['--yes', `bun@${bunVersion}`, 'install', '--frozen-lockfile'], 'installing packages')) {
    fail('cannot install the packages; check the network, then run: npm run setup');
  }
  if (!existsSync(bun)) fail(`node_modules/.bin/bun is missing after the install; remove node_modules and try again`);
  writeFileSync(stamp, hash);
}

function buildAddon() {
  const sources = addonSources([...BUILD, napiVersion, ...(release ? ['reproducible'] : [])]);
  if (existsSync(addon) && existsSync(addonStamp) && readFileSync(addonStamp, 'utf8') === sources) return;
  const triple = hostTriple();
  if (triple === null || spawnSync('cargo', ['--version']).status !== 0) {
    fail(`cannot run cargo: install Rust ${rustVersion} or newer (https://rustup.rs), then run: npm run setup`);
  }
  const napi = join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  const args = [
    napi,
    ...BUILD,
    ...['--target', triple],
    ...['--target-dir', targetDir],
    ...['--manifest-path', join(root, 'crates', 'binding', 'Cargo.toml')],
    ...['--package-json-path', join(root, 'packages', 'core', 'package.json')],
    ...['--output-dir', nativeDir],
  ];
  // Until the build has ended well, whatever lies there is not known to be of these sources.
  rmSync(addonStamp, { force: true });
  const environment = release ? reproducibleEnvironment(root, targetDir) : {};
  if (!run(process.execPath, args, 'building the native part (minutes, the first time)', environment)) {
    fail(
      `the native part could not be built; it needs Rust ${rustVersion}, CMake and a C++ compiler (see the lines above)`,
    );
  }
  if (!existsSync(addon)) fail(`${addon} is missing after the build`);
  writeFileSync(addonStamp, sources);
}

installPackages();
if (process.argv[2] !== 'packages') buildAddon();
