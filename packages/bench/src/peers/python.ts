import { join } from 'node:path';
import { firstLine, type Missing, type Peer, type PeerJob } from './peer.ts';

const SCRIPT = join(import.meta.dir, '../../peers/coadd.py');

interface Package {
  name: string;
  kernels: Record<string, string>;
  remark: Peer['remark'];
}

const PACKAGES: readonly Package[] = [
  {
    name: 'reproject',
    kernels: { nearest: 'nearest-neighbor', bilinear: 'bilinear', bicubic: 'bicubic' },
    remark: () => null,
  },
  {
    name: 'drizzle',
    kernels: { exact: 'square', bilinear: 'square', lanczos3: 'lanczos3' },
    remark: () => null,
  },
  {
    name: 'dfreproject',
    kernels: { nearest: 'nearest', bilinear: 'bilinear', bicubic: 'bicubic', lanczos3: 'lanczos' },
    remark: (distortion: PeerJob['distortion']) =>
      distortion === 'tpv' ? 'ignores TPV: the positions are wrong' : null,
  },
];

/** The Python packages that the interpreter has, which is ZEMOSAIC_PYTHON or python3. */
export function findPython(environment: Record<string, string | undefined>): (Peer | Missing)[] {
  const python = environment.ZEMOSAIC_PYTHON ?? Bun.which('python3') ?? 'python3';
  const told = firstLine([python, SCRIPT, 'versions']);
  const versions = parse(told);
  return PACKAGES.map(({ name, kernels, remark }) => {
    if (versions === null) return { peer: name, why: `${python} cannot be run; set ZEMOSAIC_PYTHON` };
    const version = versions[name];
    if (version === undefined) return { peer: name, why: `not installed for ${python}` };
    const own = (kernel: string) => (name === 'drizzle' && kernel === 'bilinear' ? 'exact' : kernel);
    return {
      name,
      version,
      kernel: (kernel) => kernels[kernel] ?? null,
      combine: (combine) => (combine === 'mean' ? combine : null),
      matching: null,
      remark,
      steps: ({ kernel, grid, out, tiles }) => [{ argv: [python, SCRIPT, name, own(kernel), grid, out, ...tiles] }],
    };
  });
}

function parse(text: string | null): Record<string, string> | null {
  try {
    return text === null ? null : (JSON.parse(text) as Record<string, string>);
  } catch {
    return null;
  }
}
