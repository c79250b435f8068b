// Everything that must hold, in one command; CI runs exactly this. Ends with the line `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bun, hostTriple, root, targetDir } from './paths.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const reports = mkdtempSync(join(tmpdir(), 'zemosaic-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const times = [];

/** Runs a stage, showing its output as it comes; gives the exit code and what was printed. */
function run(command, args, environment) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // What tests leave behind goes with the reports.
      env: { ...environment, ...process.env, CARGO_TARGET_DIR: targetDir, TMPDIR: reports },
    });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      process.stdout.write(data);
    });
    child.stderr.on('data', (data) => {
      text += data;
      process.stderr.write(data);
    });
    child.on('error', (error) => done({ code: 127, text: String(error) }));
    child.on('close', (code) => done({ code: code ?? 1, text }));
  });
}

/** A stage that failed without counting it counts as one failure, so that the closing line cannot lie. */
async function stage(name, command, args, count = () => ({ passed: 0, failed: 0, skipped: 0 }), environment = {}) {
  process.stdout.write(`\n== ${name}\n`);
  const start = Date.now();
  const { code, text } = await run(command, args, environment);
  const counted = count(text);
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  for (const key of Object.keys(total)) total[key] += counted[key];
  times.push(`${name} ${((Date.now() - start) / 1000).toFixed(1)} s${code === 0 ? '' : ' FAILED'}`);
}

function countCargo(text) {
  const counted = { passed: 0, failed: 0, skipped: 0 };
  for (const line of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counted.passed += Number(line[1]);
    counted.failed += Number(line[2]);
    counted.skipped += Number(line[3]);
  }
  // What a test prints when it finds nothing to run on: cargo calls that passed.
  const idle = text.match(/: skipped 1: /g)?.length ?? 0;
  counted.passed -= idle;
  counted.skipped += idle;
  return counted;
}

function countJunit(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  const head = /<testsuites\b[^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const number = (key) => Number(new RegExp(`\\b${key}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') };
}

/** The line that the sweep of the bench ends with. */
function countBench(text) {
  const found = /^bench counters: (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(text);
  const [passed, failed, skipped] = (found ?? []).slice(1).map(Number);
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 };
}

function bunTest(name, folder) {
  const file = join(reports, `${name}.xml`);
  const args = ['test', '--reporter=junit', `--reporter-outfile=${file}`, '--timeout', '120000', folder];
  return stage(`bun test ${folder}`, bun, args, () => countJunit(file));
}

const triple = hostTriple();
const shared = ['--release', ...(triple === null ? [] : ['--target', triple])];

await stage('biome', bin('biome'), ['ci', '--colors=off']);
await stage('tsc', bin('tsc'), ['--noEmit']);
await stage('cargo fmt', 'cargo', ['fmt', '--all', '--check']);
await stage('cargo clippy', 'cargo', [
  'clippy',
  '--workspace',
  '--all-targets',
  ...shared,
  '--quiet',
  '--',
  '-D',
  'warnings',
]);
await stage(
  'cargo test',
  'cargo',
  ['test', '--workspace', '--no-fail-fast', ...shared, '--', '--show-output'],
  countCargo,
  // Hostile files, images and skies, a minute of each.
  { ZEMOSAIC_FUZZ_SECONDS: '60' },
);
await bunTest('packages', './packages');
await bunTest('e2e', './tests/e2e');
await stage('bench counters', bun, ['packages/bench/ci.ts'], countBench);

rmSync(reports, { recursive: true, force: true });
process.stdout.write(`\n${times.join('\n')}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
