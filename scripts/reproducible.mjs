// Makes the native part so that its bytes depend on its sources alone, not on where or when they were built. For releases:
// other flags mean another build of every crate, so development does without. `node scripts/reproducible.mjs` proves it: it
// builds the last commit in two folders and compares the bytes (twice a whole build).
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostTriple, root } from './paths.mjs';

/**
 * The environment of such a build of the sources in `folder`: names of folders are replaced in messages and debug
 * information, and C sources get the date of the commit.
 */
export function reproducibleEnvironment(folder, target) {
  const cargo = process.env.CARGO_HOME || join(homedir(), '.cargo');
  const names = { [folder]: '/zemosaic', [target]: '/target', [cargo]: '/cargo' };
  const all = (option) => Object.entries(names).map(([from, to]) => `${option}=${from}=${to}`);
  const date = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout?.trim();
  // The compilers of Windows have no such option; their part is linked with /Brepro.
  const c = process.platform === 'win32' ? [] : all('-ffile-prefix-map');
  const linker = process.platform === 'win32' ? ['-Clink-arg=/Brepro'] : [];
  return {
    CARGO_ENCODED_RUSTFLAGS: [...all('--remap-path-prefix'), ...linker].join('\x1f'),
    CFLAGS: c.join(' '),
    CXXFLAGS: c.join(' '),
    ...(date ? { SOURCE_DATE_EPOCH: date } : {}),
  };
}

/** The hash of the native part, built of these sources (a tar) in a new folder. */
function built(folder, files) {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')];
  mkdirSync(source);
  execFileSync('tar', ['x'], { cwd: source, input: files });
  const triple = hostTriple();
  execFileSync('cargo', ['build', '--quiet', '--release', '--locked', '--target', triple, '-p', 'zemosaic-binding'], {
    cwd: source,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, CARGO_TARGET_DIR: target, ...reproducibleEnvironment(source, target) },
  });
  const library = { darwin: 'libzemosaic_binding.dylib', win32: 'zemosaic_binding.dll' }[process.platform];
  const bytes = readFileSync(join(target, triple, 'release', library ?? 'libzemosaic_binding.so'));
  return createHash('sha256').update(bytes).digest('hex');
}

function compare() {
  const work = mkdtempSync(join(tmpdir(), 'zemosaic-twice-'));
  // Taken once: builds take long, and a commit may come between them.
  const files = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 1 << 30 });
  try {
    const hashes = ['one', 'another-folder'].map((name) => {
      const folder = join(work, name);
      mkdirSync(folder);
      const hash = built(folder, files);
      process.stdout.write(`${hash}  ${name}\n`);
      return hash;
    });
    const same = new Set(hashes).size === 1;
    process.stdout.write(same ? 'the same bytes\n' : 'the bytes differ\n');
    process.exitCode = same ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compare();
