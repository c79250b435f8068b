import { readFileSync } from 'node:fs';
import type { Step } from './peer.ts';

/** What a program cost: sums over its steps, except the peak, which is the largest of them. */
export interface Cost {
  seconds: number;
  user_seconds: number;
  system_seconds: number;
  /** Peak resident bytes of a process; null where the system does not report it. */
  peak_rss: number | null;
}

const EVERY_MS = 5;
const LAST_WORDS = 2000;
/** A program that takes longer than this in total is stopped. */
const LONGEST_SECONDS = 900;

/**
 * Runs the steps one after another and adds up their cost. The peak that the kernel reports for a child includes the
 * process that started it, so the peak is read from the child itself while it runs.
 * @throws Error with the last output of a failed step, when a step takes too long, or when `stop` asks for an end.
 */
export async function measure(
  steps: readonly Step[],
  cwd: string,
  environment: Record<string, string | undefined>,
  stop: () => unknown = () => null,
): Promise<Cost> {
  const cost: Cost = { seconds: 0, user_seconds: 0, system_seconds: 0, peak_rss: null };
  for (const step of steps) {
    const start = performance.now();
    const child = Bun.spawn(step.argv, {
      cwd,
      env: { ...environment, ...step.environment },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    let ended: string | null = null;
    const look = () => {
      if (cost.seconds + (performance.now() - start) / 1000 > LONGEST_SECONDS) ended = `took over ${LONGEST_SECONDS} s`;
      else if (stop() !== null) ended = 'stopped by signal';
      if (ended !== null) child.kill('SIGKILL');
      const peak = peakOf(child.pid);
      if (peak !== null) cost.peak_rss = Math.max(cost.peak_rss ?? 0, peak);
    };
    const timer = setInterval(look, EVERY_MS);
    const [out, err] = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    const exit = await child.exited;
    cost.seconds += (performance.now() - start) / 1000;
    clearInterval(timer);
    const said = `${await out}${await err}`.trim();
    if (ended !== null) throw new Error(`${step.argv[0]} ${ended}`);
    if (exit !== 0) throw new Error(`${step.argv[0]} ended with ${exit}: ${said.slice(-LAST_WORDS)}`);
    const used = child.resourceUsage();
    cost.user_seconds += Number(used?.cpuTime.user ?? 0) / 1e6;
    cost.system_seconds += Number(used?.cpuTime.system ?? 0) / 1e6;
  }
  return cost;
}

/** Peak resident bytes of a running process so far. */
function peakOf(pid: number): number | null {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
