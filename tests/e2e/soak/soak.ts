// Random mosaics in random trouble, each compared with a plain run of the same: no byte may differ.
// `bun tests/e2e/soak/soak.ts [SECONDS [JOBS [SEED]]]` runs until both are over; 1200 s and 2000 jobs unless told otherwise.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { library } from '../failing/failing.ts';
import { type Ran, remove, sha256, temporary, zemosaic } from '../program.ts';
import { gpus } from '../protocol/protocol.ts';
import { Chance } from './chance.ts';
import { type Job, jobOf, words } from './job.ts';
import { tileSet } from './tiles.ts';
import { type Trouble, troubleFor, under } from './trouble.ts';

/** Jobs of one set of tiles, and those that run side by side. */
const JOBS_OF_SET = 12;
const WORKERS = 2;

const [seconds = 1200, fewest = 2000, seed = Date.now() % 1e9] = process.argv.slice(2).map(Number);
const dir = temporary();
const fault = library(dir);
const tally = new Map<string, number>();
const wrong: string[] = [];
let jobs = 0;

const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
const say = (text: string) => process.stdout.write(`${text}\n`);

/** The files of an output, and their sums; null where there is none. */
async function outputs(out: string, split: boolean): Promise<string | null> {
  const paths = split ? ['.fits', '.weight.fits', '.alpha.fits'].map((end) => out.replace('.fits', end)) : [out];
  if (!paths.every((path) => existsSync(path))) return null;
  const sums = await Promise.all(paths.map(sha256));
  for (const path of paths) rmSync(path);
  return sums.join();
}

/** One error line, one of the documented exits, and no output; or the right one. */
async function check(job: Job, trouble: Trouble, ran: Ran, out: string, right: string): Promise<string | null> {
  const made = await outputs(out, job.split);
  if (ran.err.includes('panicked') || /internal error/.test(ran.err)) return `panic: ${ran.err}`;
  if (ran.exit === 0) {
    if (made === right) return null;
    const told = /WARN|damaged|fallback CPU|using the CPU/.test(ran.err);
    return trouble.kind.startsWith('a tile') && made !== null && told ? null : 'other bytes, without a word';
  }
  // A kill between the rename and the exit leaves a complete output.
  const complete = ran.exit === 8 || (trouble.kind === 'kill' && made === right);
  if (made !== null && !complete) return `an output in spite of exit ${ran.exit}`;
  const signal = trouble.kind === 'kill' || trouble.kind.startsWith('SIG');
  if (signal || ran.err.split('\n').filter((line) => line.startsWith('error')).length === 1) return null;
  return `exit ${ran.exit} without its line: ${ran.err}`;
}

async function run(job: Job, trouble: Trouble, name: string, right: string): Promise<string | null> {
  const out = join(dir, `${name}.fits`);
  const argv = words(job, out, false);
  const ran = await under(trouble, argv, job.environment);
  trouble.undo?.();
  count(`${trouble.kind}: exit ${ran.exit}`);
  const bad = await check(job, trouble, ran, out, right);
  if (bad !== null) return bad;
  // Whatever is left of the first run, a second one makes the right output.
  let again = await zemosaic(argv, job.environment);
  if (again.exit === 5 && /--no-resume/.test(again.err)) {
    count('inputs changed: started over');
    again = await zemosaic([...argv, '--no-resume'], job.environment);
  }
  if (again.err.includes('resuming an interrupted run')) count('resumed');
  if ((await outputs(out, job.split)) !== right) return `the next run, exit ${again.exit}, is not right: ${again.err}`;
  const left = readdirSync(dir).filter((file) => file.startsWith(`${name}.`) || file.startsWith(`.${name}.`));
  return left.length > 0 ? `left behind: ${left.join(' ')}` : null;
}

async function worker(chance: Chance, id: number, until: number): Promise<void> {
  for (let sets = 0; performance.now() < until || jobs < fewest; sets += 1) {
    const folder = join(dir, `set-${id}-${sets}`);
    const set = tileSet(folder, chance);
    for (let n = 0; n < JOBS_OF_SET; n += 1) {
      const name = `w${id}-${sets}-${n}`;
      const job = jobOf(set, gpus, chance);
      const trouble = troubleFor(job, fault, chance);
      const out = join(dir, `${name}-plain.fits`);
      const plain = await zemosaic(words(job, out, true), job.environment);
      const right = await outputs(out, job.split);
      if (right === null) {
        // Some sets of chance have no tile on the grid, and some options exclude each other.
        count(`no mosaic: exit ${plain.exit}`);
        continue;
      }
      const bad = await run(job, trouble, name, right);
      jobs += 1;
      if (bad !== null) {
        wrong.push(`${name} ${trouble.kind} ${JSON.stringify(trouble.environment)} after ${trouble.after} ms: ${bad}`);
        say(`WRONG ${wrong.at(-1)}\n  zemosaic ${words(job, basename(out), false).join(' ')}`);
      }
      if (jobs % 100 === 0) say(`${jobs} jobs, ${wrong.length} wrong`);
    }
    if (wrong.length === 0) remove(folder);
  }
}

const until = performance.now() + 1000 * seconds;
say(`seed ${seed}`);
await Promise.all(Array.from({ length: WORKERS }, (_, id) => worker(new Chance(seed + 7919 * id), id, until)));
for (const [what, times] of [...tally].sort()) say(`${String(times).padStart(6)}  ${what}`);
say(`seed ${seed}: ${jobs} jobs, ${wrong.length} wrong`);
if (wrong.length === 0) remove(dir);
process.exitCode = wrong.length === 0 ? 0 : 1;
