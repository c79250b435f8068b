// Runs all tests, as CI does, or only one part: `node scripts/test.mjs [check | ts | rust | e2e | bench] [words]`. The last
// line is `N passed, N failed, N skipped`; `check` only has an exit code.
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, bun, hostTriple, root, targetDir } from './paths.mjs';
import { countBench, countCargo, countJunit, NOTHING } from './test-counts.mjs';
import { showing, silently } from './test-process.mjs';

const reports = mkdtempSync(join(tmpdir(), 'zemosaic-test-'));
// Tests that run as another user make their files in it.
chmodSync(reports, 0o755);
// Files that tests leave behind are deleted together with the reports.
const environment = { ...process.env, CARGO_TARGET_DIR: targetDir, TMPDIR: reports };
const total = { ...NOTHING };
const times = [];

const triple = hostTriple();
/** The addon is built with the same arguments, so that build results are shared. */
const asBuilt = ['--release', ...(triple === null ? [] : ['--target', triple])];

/** Formats, lints and types. Each is silent when all is well. */
const CHECKS = {
  biome: [bin('biome'), ['ci', '--colors=off']],
  tsc: [bin('tsc'), ['--noEmit']],
  'cargo fmt': ['cargo', ['fmt', '--all', '--check']],
  'cargo clippy': ['cargo', ['clippy', '--workspace', '--all-targets', ...asBuilt, '--quiet', '--', '-D', 'warnings']],
};

/** Adds the counts of a finished stage. A stage that failed without counting a failure adds one, so that the last line is true. */
function ended(name, { code, seconds }, counted = { ...NOTHING }) {
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  for (const key of Object.keys(total)) total[key] += counted[key];
  times.push(`${name} ${seconds.toFixed(1)} s${code === 0 ? '' : ' FAILED'}`);
}

async function stage(name, command, args, count) {
  process.stdout.write(`\n== ${name}\n`);
  const ran = await showing(command, args, { cwd: root, env: environment });
  ended(name, ran, count(ran.text));
}

/** Runs all checks at once, because most of them use only one core. */
async function check() {
  const running = Object.entries(CHECKS).map(async ([name, [command, args]]) => {
    const ran = await silently(command, args, { cwd: root, env: environment });
    process.stdout.write(`\n== ${name}\n${ran.text}`);
    ended(name, ran, { ...NOTHING });
  });
  await Promise.all(running);
}

/** Runs Bun's tests below a folder, or those whose path contains one of the words. Words that begin with a dash go to Bun. */
async function bunTests(name, folder, words) {
  const report = join(reports, `${name}.xml`);
  const wanted = words.filter((word) => !word.startsWith('-'));
  const found = readdirSync(join(root, folder), { recursive: true })
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
    .filter((path) => wanted.some((word) => path.includes(word)));
  if (wanted.length > 0 && found.length === 0) return nothingLike(`${folder}/**/*${wanted.join('|')}*.test.ts`);
  const files = wanted.length > 0 ? found.map((path) => `./${folder}/${path}`) : [`./${folder}`];
  const flags = words.filter((word) => word.startsWith('-'));
  const args = ['test', '--reporter=junit', `--reporter-outfile=${report}`, '--timeout', '120000', ...flags, ...files];
  await stage(`bun test ${folder}`, bun, args, () => countJunit(report));
}

/** Runs cargo's tests, of all crates unless the words say otherwise. `-p fits` means `-p zemosaic-fits`. */
async function cargoTests(words) {
  const full = words.map((word, at) => {
    const ours = words[at - 1] === '-p' && existsSync(join(root, 'crates', word));
    return ours ? `zemosaic-${word}` : word;
  });
  const which = full.includes('-p') ? full : ['--workspace', ...full];
  const split = which.includes('--') ? which.indexOf('--') : which.length;
  const [cargo, tests] = [which.slice(0, split), which.slice(split + 1)];
  const args = ['test', '--no-fail-fast', ...asBuilt, ...cargo, '--', '--show-output', ...tests];
  await stage('cargo test', 'cargo', args, countCargo);
}

function nothingLike(what) {
  process.stderr.write(`no test matches ${what}\n`);
  ended(what, { code: 1, seconds: 0 });
}

const PARTS = {
  check,
  ts: (words) => bunTests('packages', 'packages', words),
  rust: cargoTests,
  e2e: (words) => bunTests('e2e', 'tests/e2e', words),
  bench: () => stage('bench counters', bun, ['packages/bench/ci.ts'], countBench),
};
const ORDER = ['check', 'rust', 'ts', 'e2e', 'bench'];

const [part, ...words] = process.argv.slice(2);
if (part !== undefined && !(part in PARTS)) {
  process.stderr.write(`test: ${part} is not one of ${ORDER.join(', ')}\n`);
  process.exit(2);
}
for (const name of part === undefined ? ORDER : [part]) await PARTS[name](words);

rmSync(reports, { recursive: true, force: true });
process.stdout.write(`\n${times.join('\n')}\n`);
if (part === 'check') process.exit(total.failed > 0 ? 1 : 0);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
