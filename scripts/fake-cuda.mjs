// Builds the fake CUDA driver and prints the folder that LD_LIBRARY_PATH must begin with to use it, for experiments and
// tests of --backend cuda on a machine without a GPU. Linux only, because the driver's file name is that of Linux.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hostTriple, root, targetDir } from './paths.mjs';

const triple = hostTriple();
const where = triple === null ? [] : ['--target', triple];
const args = ['build', '--quiet', '--release', ...where, '-p', 'zemosaic-fake-cuda'];
const built = spawnSync('cargo', args, {
  cwd: root,
  stdio: ['ignore', 2, 2],
  env: { ...process.env, CARGO_TARGET_DIR: targetDir },
});
if (built.status !== 0) {
  process.stderr.write('fake-cuda: cannot build the driver; this needs cargo and a C++ compiler\n');
  process.exit(1);
}
const library = join(targetDir, ...(triple === null ? [] : [triple]), 'release', 'libfake_cuda.so');
const folder = join(targetDir, 'fake-cuda');
mkdirSync(folder, { recursive: true });
for (const name of ['libcuda.so', 'libcuda.so.1']) {
  const link = join(folder, name);
  if (existsSync(link)) rmSync(link);
  symlinkSync(library, link);
}
process.stdout.write(`${folder}\n`);
