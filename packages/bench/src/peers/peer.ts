/** The job that every program gets. */
export interface PeerJob {
  tiles: string[];
  /** Text header of the output grid. */
  grid: string;
  out: string;
  /** A folder for this job only, in which the program runs. */
  dir: string;
  kernel: string;
  combine: string;
  threads: number;
  /** Backgrounds are to be matched, by programs that can. */
  matched: boolean;
  distortion: 'none' | 'sip' | 'tpv';
}

/** One process to start, by its command line. */
export interface Step {
  argv: string[];
  environment?: Record<string, string>;
}

export interface Peer {
  name: string;
  version: string;
  /** The program's name for a kernel; null when it has no equivalent. */
  kernel(kernel: string): string | null;
  /** The program's name for a combine rule; null when it has no equivalent. */
  combine(combine: string): string | null;
  /** What it does where backgrounds are to be matched; null when it has nothing of the kind in this comparison. */
  matching: string | null;
  /** What this program gets wrong or leaves out on tiles with this distortion; null when nothing. */
  remark(distortion: PeerJob['distortion']): string | null;
  /** Prepares the files that the program expects, before the clock starts. */
  prepare?(job: PeerJob): void;
  steps(job: PeerJob): Step[];
}

export interface Missing {
  peer: string;
  why: string;
}

/** The first line a program prints, for its version; null when it cannot be started. */
export function firstLine(argv: string[]): string | null {
  try {
    const ran = Bun.spawnSync(argv, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeout: 60_000 });
    const text = ran.stdout.toString().trim() || ran.stderr.toString().trim();
    return text.split('\n')[0] ?? '';
  } catch {
    return null;
  }
}
