import { start } from '../program.ts';

export interface Ended {
  exit: number;
  out: string;
  err: string;
}

/** Runs the command, stops it for a moment at the n-th event of a kind, and does something to its files meanwhile. */
export async function meanwhile(
  argv: string[],
  at: { event: string; nth: number },
  change: () => unknown,
  under: string[] = [],
): Promise<Ended> {
  const child = start([...argv, '--json'], {}, undefined, under);
  const err = new Response(child.stderr).text();
  let out = '';
  let done = false;
  const decoder = new TextDecoder();
  for await (const part of child.stdout) {
    out += decoder.decode(part, { stream: true });
    if (done || out.split(`"event":"${at.event}"`).length <= at.nth) continue;
    done = true;
    child.kill('SIGSTOP');
    await change();
    child.kill('SIGCONT');
  }
  if (!done) throw new Error(`it ended before event ${at.event} ${at.nth}: ${out}${await err}`);
  return { exit: await child.exited, out, err: await err };
}
