import { linkSync, lstatSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asProblem, lineOf } from '../error.ts';
import { removedAfter } from '../removed-after.ts';
import type { Surroundings } from '../surroundings.ts';

/** Milliseconds until a signal is noticed while something is drawn. */
const LOOKS = 50;

/** File systems without hard links say so in these ways. */
const LINKLESS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK']);

/** Gives a file a second name where nobody has that: unlike a rename, a link replaces nothing. */
function putInFreePlace(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    const taken = code === 'EEXIST' || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (taken) throw new Error('it exists by now; use --force to replace it');
    if (!LINKLESS.has(code)) throw error;
    renameSync(temporary, path);
  }
}

/** What goes with a mosaic that is complete: a failure of it costs neither the mosaic nor the other extras. */
export class Extras {
  /** Files that were written. */
  readonly written: string[] = [];
  failed = false;

  constructor(
    private readonly force: boolean,
    private readonly around: Pick<Surroundings, 'emit' | 'stop'>,
  ) {}

  /**
   * Has a file drawn beside its place, and puts it there: what others have of that name is neither followed nor lost. It is
   * drawn in a folder of its own, because a thread that is not waited for after a signal may still make files.
   */
  async write(path: string, draw: (temporary: string) => Promise<void>): Promise<void> {
    const folder = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.partial`);
    const temporary = join(folder, basename(path));
    try {
      await removedAfter(folder, async () => {
        mkdirSync(folder, { mode: 0o700 });
        await this.unlessStopped(() => draw(temporary));
        if (this.force) renameSync(temporary, path);
        else putInFreePlace(temporary, path);
      });
      this.written.push(path);
    } catch (error) {
      this.fail(path, error);
    }
  }

  async writeText(path: string, text: string): Promise<void> {
    await this.write(path, async (temporary) => writeFileSync(temporary, text, { flag: 'wx' }));
  }

  /** Waits for the engine until a signal comes: what it draws then is not waited for, and the run ends soon. */
  async unlessStopped(draw: () => Promise<void>): Promise<void> {
    const stopped = () => this.around.stop() !== null;
    const told = new Error('stopped by signal');
    if (stopped()) throw told;
    let timer: ReturnType<typeof setInterval> | undefined;
    const signal = new Promise<never>((_, fail) => {
      timer = setInterval(() => stopped() && fail(told), LOOKS);
    });
    try {
      await Promise.race([draw(), signal]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Tells that a file, or a part of it, is missing. */
  fail(path: string, error: unknown): void {
    this.failed = true;
    const { code, reason, ...problem } = asProblem(error);
    // The system speaks of the name beside its place, or of what is drawn there.
    const beside = (named: string) => [named, dirname(named)].some((one) => dirname(one) === dirname(path));
    const why = problem.path === undefined || beside(problem.path) ? reason : lineOf({ reason, ...problem });
    const message = `the mosaic is complete, but ${path} could not be written: ${why}`;
    this.around.emit({ event: 'warning', code: 'extra_failed', message, path, reason: `could not be written: ${why}` });
  }
}
