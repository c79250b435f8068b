import { closeSync, writeSync } from 'node:fs';
import manifest from '../package.json';
import { writeAll } from '../src/write-all.ts';

/** Goes to the folder that the launcher (./zemosaic) was started in, then runs the program. */
export async function enter(): Promise<void> {
  const [from, stderr] = process.argv.slice(2, 4);
  let terminal: boolean | null = null;
  if (from?.startsWith('--from=')) {
    process.argv.splice(2, 2);
    terminal = stderr === '--stderr=terminal';
    if (!goTo(from.slice('--from='.length))) return;
  }
  // Nothing else needs to be loaded for this.
  if (process.argv.slice(2).join(' ') === '--version') {
    writeAll(writeSync, 1, `${manifest.version}\n`);
    return;
  }
  const { run } = await import('../src/run.ts');
  await run(terminal);
}

/** Nothing may run in another folder than the user's: relative paths would mean other files. */
function goTo(folder: string): boolean {
  try {
    process.chdir(folder);
    const opened = /^\/proc\/self\/fd\/(\d+)$/.exec(folder);
    if (opened !== null) closeSync(Number(opened[1]));
    return true;
  } catch {
    process.stderr.write('error  the current folder is gone or cannot be entered; change to another one\n');
    process.exitCode = 2;
    return false;
  }
}
