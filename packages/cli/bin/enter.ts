import { closeSync } from 'node:fs';

/** Goes to the folder that the launcher (./zemosaic) was started in, then runs the program. */
export async function enter(): Promise<void> {
  const from = process.argv[2];
  if (from?.startsWith('--from=')) {
    process.argv.splice(2, 1);
    if (!goTo(from.slice('--from='.length))) return;
  }
  await import('./zemosaic.ts');
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
