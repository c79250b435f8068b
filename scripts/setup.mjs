// Makes a clean clone ready: packages, then the addon. Plain Node, no dependency: it runs before any is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addon, bun, hostTriple, nativeDir, root, targetDir } from './paths.mjs';

const BUN = 'bun@1.4.5';
const stamp = join(root, 'node_modules', '.zemosaic-installed');

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

/** Everything an install depends on. Times of files say nothing after a checkout, so the contents are compared. */
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
  if (!run('npx', ['--yes', BUN, 'install', '--frozen-lockfile'], 'installing packages')) {
    fail('the packages could not be installed; check the network, then run: npm run setup');
  }
  if (!existsSync(bun)) fail(`node_modules/.bin/bun is missing after the install; remove node_modules and try again`);
  writeFileSync(stamp, hash);
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let time = 0;
  for (const name of readdirSync(path)) {
    if (name !== 'target' && !name.startsWith('.')) time = Math.max(time, newest(join(path, name)));
  }
  return time;
}

function addonIsCurrent() {
  if (!existsSync(addon)) return false;
  const built = statSync(addon).mtimeMs;
  const sources = ['crates', 'Cargo.toml', 'Cargo.lock']
    .map((name) => join(root, name))
    .filter((path) => existsSync(path));
  return sources.every((path) => newest(path) <= built);
}

function buildAddon() {
  if (addonIsCurrent()) return;
  const triple = hostTriple();
  if (triple === null || spawnSync('cargo', ['--version']).status !== 0) {
    fail('cargo is missing: install Rust 1.88 or newer with rustup, then run: npm run setup');
  }
  const napi = join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  const args = [
    napi,
    'build',
    '--release',
    ...['--target', triple],
    ...['--target-dir', targetDir],
    ...['--manifest-path', join(root, 'crates', 'binding', 'Cargo.toml')],
    ...['--package-json-path', join(root, 'packages', 'core', 'package.json')],
    ...['--output-dir', nativeDir],
    ...['--dts', 'native.d.ts'],
    // Enums of strings become unions of strings: nothing of them has to be loaded.
    '--no-const-enum',
  ];
  if (!run(process.execPath, args, 'building the native part (minutes, the first time)')) {
    fail('the native part could not be built; it needs Rust 1.88, CMake and a C compiler (see the lines above)');
  }
  if (!existsSync(addon)) fail(`${addon} is missing after the build`);
}

installPackages();
buildAddon();
