import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dir, '../..');
const script = join(root, 'packages/cli/bin/zemosaic.ts');

// Without the addon nothing can be tested, so nothing may pass.
if (!existsSync(join(root, 'packages/core/src/native/zemosaic.node'))) {
  throw new Error('the addon is not built: npm run setup');
}

/** The folder of real FITS files; null if this machine has none. */
export const realData: string | null =
  [process.env.ZEMOSAIC_DATA, join(root, '../shared/data')].find(
    (path): path is string => path !== undefined && existsSync(path),
  ) ?? null;

export interface Ran {
  exit: number;
  out: string;
  err: string;
  events: Event[];
}

export type Event = Record<string, unknown> & { event: string };

/** The environment without variables of ours. */
export const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZEMOSAIC_')));

/** `under`: a command that runs it, such as strace. */
export function start(argv: string[], environment: Record<string, string> = {}, cwd = root, under: string[] = []) {
  return Bun.spawn([...under, process.execPath, script, ...argv], {
    cwd,
    env: { ...clean, ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

/** Runs the real command line to its end. */
export async function zemosaic(
  argv: string[],
  environment: Record<string, string> = {},
  cwd = root,
  under: string[] = [],
): Promise<Ran> {
  const child = start(argv, environment, cwd, under);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exit: await child.exited, out, err, events: argv.includes('--json') ? events(out) : [] };
}

export function events(text: string): Event[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);
}

export function named(run: Ran, event: string): Event[] {
  return run.events.filter((one) => one.event === event);
}

export function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'zemosaic-e2e-'));
}

export function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

export function filesIn(dir: string): string[] {
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

export async function sha256(path: string): Promise<string> {
  return new Bun.CryptoHasher('sha256').update(await Bun.file(path).arrayBuffer()).digest('hex');
}
