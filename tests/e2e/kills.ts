import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, named, type Ran, remove, sha256, start, temporary, zemosaic } from './program.ts';

/** A mosaic that is killed repeatedly while it is made. */
export interface Victim {
  /** Folder of the outputs. */
  dir: string;
  name: string;
  /** Words after `mosaic`, without -o. */
  argv: string[];
  environment?: Record<string, string>;
}

export interface Survived {
  /** Whether each kill came before the run's end. */
  cut: boolean[];
  /** Finished rows that each start found. */
  resumed: number[];
  /** stderr of the last run, which was not killed. */
  last: Ran;
  sha256: string;
}

/** For each of `after`, kills the run with SIGKILL `delay` ms after it has reported that many chunks; then lets it finish. */
export async function killed(victim: Victim, after: readonly number[], delay = () => 0): Promise<Survived> {
  const { dir, name, argv, environment } = victim;
  const out = join(dir, `${name}.fits`);
  const words = ['mosaic', ...argv, '-o', out, '--json', '--reproducible'];
  const cut: boolean[] = [];
  const resumed: number[] = [];
  for (const chunks of after) {
    const child = start(words, environment);
    let text = '';
    for await (const part of child.stdout) {
      text += new TextDecoder().decode(part);
      if (text.split('"chunk.done"').length > chunks) {
        await Bun.sleep(delay());
        child.kill('SIGKILL');
      }
    }
    await child.exited;
    resumed.push(rowsResumed(text));
    cut.push(!existsSync(out));
    // A run that finished was not killed: the next one begins from scratch.
    if (existsSync(out)) rmSync(out);
  }
  const last = await zemosaic(words, environment);
  if (last.exit !== 0) throw new Error(last.err);
  resumed.push(
    rowsResumed(
      named(last, 'info')
        .map(({ message }) => String(message))
        .join(),
    ),
  );
  return { cut, resumed, last, sha256: await sha256(out) };
}

function rowsResumed(text: string): number {
  return Number(/interrupted run: (\d+) of \d+ rows/.exec(text)?.[1] ?? 0);
}

/** The same mosaic, uninterrupted. */
export async function unbroken({ dir, name, argv, environment }: Victim): Promise<string> {
  const out = join(dir, `${name}-unbroken.fits`);
  const ran = await zemosaic(['mosaic', ...argv, '-o', out, '--reproducible'], environment);
  if (ran.exit !== 0) throw new Error(ran.err);
  return sha256(out);
}

// As a program: thirty kills at random moments. `bun tests/e2e/kills.ts cuda 30`, with the driver in LD_LIBRARY_PATH.
if (import.meta.main) {
  const [backend = 'cpu', count = '30'] = process.argv.slice(2);
  const dir = temporary();
  try {
    await zemosaic(['demo', '-o', join(dir, 'sky')]);
    const argv = [...filesIn(join(dir, 'sky', 'tiles')), '--backend', backend, '--chunk-rows', '5'];
    const victim: Victim = { dir, name: backend, argv };
    const whole = await unbroken(victim);
    const moments = Array.from({ length: Number(count) }, () => Math.floor(Math.random() * 40));
    const { cut, resumed, sha256: hash } = await killed(victim, moments, () => Math.random() * 30);
    const before = cut.filter(Boolean).length;
    const verdict = hash === whole ? `the same bytes: ${whole}` : `NOT the same bytes: ${hash}, unbroken ${whole}`;
    process.stdout.write(
      `${before} of ${count} kills before the end; rows found done: ${resumed.join(' ')}\n${verdict}\n`,
    );
    process.exitCode = hash === whole ? 0 : 1;
  } finally {
    remove(dir);
  }
}
