import { copyFileSync, existsSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { type Ran, start } from '../program.ts';
import type { Chance } from './chance.ts';
import type { Job } from './job.ts';

/** What befalls a run. */
export interface Trouble {
  kind: string;
  /** Added to the environment of the run. */
  environment: Record<string, string>;
  /** Happens so many ms after the run has begun. */
  after: number;
  happens?: (child: ReturnType<typeof start>) => void;
  /** Makes the inputs what they were. */
  undo?: () => void;
}

/** A trouble of chance; `library` makes calls fail. */
export function troubleFor(job: Job, library: string | null, chance: Chance): Trouble {
  const calm = { environment: {}, after: chance.whole(20, 260) };
  const kinds = ['calm', 'kill', 'signal', 'input', 'input'] as string[];
  if (library !== null) kinds.push('fault', 'fault');
  if (job.backend !== 'cpu') kinds.push('levers', 'levers');
  const kind = kinds[chance.whole(0, kinds.length - 1)] ?? 'calm';
  if (kind === 'kill') return { ...calm, kind, happens: (child) => child.kill('SIGKILL') };
  if (kind === 'signal') {
    const signal = chance.of(['SIGINT', 'SIGTERM', 'SIGHUP'] as const);
    return { ...calm, kind: signal, happens: (child) => child.kill(signal) };
  }
  if (kind === 'levers') return { ...calm, kind, environment: levers(chance) };
  if (kind === 'fault') {
    // The compiler of wgpu's shaders cannot be without memory.
    const what = job.backend === 'wgpu' ? 'write' : chance.of(['write', 'memory']);
    const environment = {
      FAIL_KIND: what,
      FAIL_NTH: String(chance.whole(1, 60)),
      FAIL_BYTES: '60000',
      FAIL_MARK: '/dev/null',
    };
    return { ...calm, kind: `${what} fails`, environment: { LD_PRELOAD: library ?? '', ...environment } };
  }
  return kind === 'input' ? { ...calm, ...inputTrouble(job, chance) } : { ...calm, kind };
}

function levers(chance: Chance): Record<string, string> {
  const pretended = () => `${chance.whole(60, 900)}${chance.is(0.5) ? `:${chance.whole(1, 40)}` : ''}`;
  if (chance.is(0.5)) return { ZEMOSAIC_PRETEND_VRAM_MB: [pretended(), pretended(), pretended()].join() };
  return { ZEMOSAIC_INJECT_OOM: `${chance.of(['*', '1'])}:${chance.of(['*', '1', '2'])}:${chance.whole(1, 4)}` };
}

/** A tile vanishes, is cut short, gets other pixels, or only another time. */
function inputTrouble({ set: { paths } }: Job, chance: Chance): Pick<Trouble, 'kind' | 'happens' | 'undo'> {
  const path = paths[chance.whole(0, paths.length - 1)] ?? '';
  const away = `${path}.away`;
  const kept = `${path}.kept`;
  const kind = chance.of(['vanishes', 'is cut', 'changes', 'is touched', 'is replaced']);
  const happens = () => {
    if (kind === 'vanishes') return renameSync(path, away);
    if (kind === 'is touched') return utimesSync(path, new Date(), new Date());
    copyFileSync(path, kept);
    const other = Buffer.from(Bun.file(path).size > 0 ? new Uint8Array(Bun.file(path).size) : []);
    if (kind === 'is cut') truncateSync(path, 2880 * chance.whole(1, 3));
    else if (kind === 'changes') writeFileSync(path, other.fill(0x41), { flag: 'r+' });
    else {
      writeFileSync(away, other.fill(0x42));
      renameSync(away, path);
    }
  };
  const undo = () => {
    if (existsSync(away) && !existsSync(path)) renameSync(away, path);
    if (existsSync(kept)) renameSync(kept, path);
    rmSync(away, { force: true });
  };
  return { kind: `a tile ${kind}`, happens, undo };
}

/** Runs the command while the trouble happens. */
export async function under(trouble: Trouble, argv: string[], environment: Record<string, string>): Promise<Ran> {
  const child = start(argv, { ...environment, ...trouble.environment });
  const timer = setTimeout(() => trouble.happens?.(child), trouble.after);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const exit = await child.exited;
  clearTimeout(timer);
  return { exit, out, err, events: [] };
}
