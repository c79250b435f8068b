import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Head, parseJournal } from './record.ts';

/** Whether the process that wrote a journal still runs; `unknown` on another machine. */
export function ownerOf({ pid, host }: Pick<Head, 'pid' | 'host'>): 'gone' | 'alive' | 'unknown' {
  if (host !== hostname()) return 'unknown';
  try {
    process.kill(pid, 0);
    return pid === process.pid ? 'gone' : 'alive';
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM' ? 'alive' : 'gone';
  }
}

/** A journal is begun under a name of its own, so that it appears whole. */
export function nameOfNew(journal: string, { run, pid }: Pick<Head, 'run' | 'pid'>): string {
  return `${journal}.${run}-${pid}.new`;
}

/** Milliseconds after which a journal that nobody has begun to write is nobody's. */
const UNBEGUN = 60_000;

/** Removes journals of the same output that runs which were killed had begun under such names. */
export function removeUnfinished(journal: string, textOf: (path: string) => string | null): void {
  const begin = `${basename(journal)}.`;
  try {
    for (const name of readdirSync(dirname(journal))) {
      const pid = name.startsWith(begin)
        ? /^[0-9a-f]{1,8}-(\d{1,9})\.new$/.exec(name.slice(begin.length))?.[1]
        : undefined;
      const path = join(dirname(journal), name);
      if (pid !== undefined && isLeft(path, Number(pid), textOf(path))) rmSync(path);
    }
  } catch {
    // It harms nothing, and the next run tries again.
  }
}

function isLeft(path: string, pid: number, text: string | null): boolean {
  if (text === null) return false;
  const found = parseJournal(text);
  if (found !== null) return ownerOf(found.head) === 'gone';
  // It was cut off before it could say whose it is.
  return ownerOf({ pid, host: hostname() }) === 'gone' && Date.now() - lstatSync(path).mtimeMs > UNBEGUN;
}
