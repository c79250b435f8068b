/** What every program is asked to make. */
export interface PeerJob {
  tiles: string[];
  /** Text header of the output grid. */
  grid: string;
  out: string;
  /** A folder of the job's own, where the program runs. */
  dir: string;
  kernel: string;
  combine: string;
  threads: number;
  distortion: 'none' | 'sip' | 'tpv';
}

/** One program, started by its command line. */
export interface Step {
  argv: string[];
  environment?: Record<string, string>;
}

export interface Peer {
  name: string;
  version: string;
  /** The program's own name of a kernel; null when it has none like it. */
  kernel(kernel: string): string | null;
  /** The program's own name of a way to combine; null when it has none like it. */
  combine(combine: string): string | null;
  /** What this program gets wrong or leaves out on such tiles; null when nothing. */
  remark(distortion: PeerJob['distortion']): string | null;
  /** Lays out what the program wants to find, before the clock starts. */
  prepare?(job: PeerJob): void;
  steps(job: PeerJob): Step[];
}

export interface Missing {
  peer: string;
  why: string;
}

/** First line that a program prints, for its version; null when it cannot be started. */
export function firstLine(argv: string[]): string | null {
  try {
    const ran = Bun.spawnSync(argv, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeout: 60_000 });
    const text = ran.stdout.toString().trim() || ran.stderr.toString().trim();
    return text.split('\n')[0] ?? '';
  } catch {
    return null;
  }
}
