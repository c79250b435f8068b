// Runs the checks and the TypeScript tests whenever a source changes. A change during a run restarts it.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const FOLDERS = ['packages', 'crates', 'scripts', 'tests'];
/** Names of source files; files that builds or tests write do not match. */
const SOURCE = /(?<!native\.d)\.(ts|mjs|rs|toml|json|css|cuh|cu|wgsl|ptx|grit)$/;
/** Waits for changes to settle, because editors write a file in several steps. */
const SETTLE_MS = 200;
const groups = process.platform !== 'win32';

let running = null;
let waiting = null;
/** Number of the newest round; any older round stops. */
let last = 0;

/** Ends the tests and every process they started. */
function stop() {
  if (running === null || running.exitCode !== null) return;
  if (groups) process.kill(-running.pid);
  else running.kill();
}

function step(part) {
  return new Promise((done) => {
    const args = [join(root, 'scripts', 'test.mjs'), part];
    running = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', detached: groups });
    running.on('close', done);
  });
}

async function round() {
  const own = ++last;
  for (const part of ['check', 'ts']) {
    const code = await step(part);
    if (own !== last) return;
    if (code !== 0) break;
  }
  process.stdout.write('watch: waiting for a change\n');
}

function changed(name) {
  if (name.includes('node_modules') || !SOURCE.test(name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    process.stdout.write(`\nwatch: ${name}\n`);
    stop();
    void round();
  }, SETTLE_MS);
}

for (const folder of FOLDERS) {
  watch(join(root, folder), { recursive: true }, (_, name) => changed(join(folder, name ?? '')));
}
process.on('SIGINT', () => {
  stop();
  process.exit(130);
});
void round();
