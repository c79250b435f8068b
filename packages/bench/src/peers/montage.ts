import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Missing, Peer, PeerJob, Step } from './peer.ts';

const PROGRAMS = ['mProjectPP', 'mProject', 'mGetHdr', 'mTANHdr', 'mImgtbl', 'mAdd'] as const;

/** Montage: exact overlap of pixels, using the fast program where a tile is a tangent projection or close to one. */
export function findMontage(): Peer | Missing {
  const missing = PROGRAMS.filter((program) => Bun.which(program) === null);
  if (missing.length > 0) return { peer: 'Montage', why: `${missing.join(', ')} not installed` };
  const projected = (job: PeerJob) => join(job.dir, 'projected');
  return {
    name: 'Montage',
    version: 'installed',
    kernel: (kernel) => (kernel === 'exact' || kernel === 'bilinear' ? 'exact overlap' : null),
    combine: (combine) => (combine === 'mean' || combine === 'median' ? combine : null),
    matching: null,
    remark: (distortion) => REMARKS[distortion],
    // mImgtbl reads a whole folder, so the projected files get one to themselves.
    prepare: (job) => mkdirSync(projected(job), { recursive: true }),
    steps: (job) => {
      const table = join(job.dir, 'images.tbl');
      const project = job.tiles.flatMap((tile, at) => projection(job, tile, at, join(projected(job), `p${at}.fits`)));
      return [
        ...project,
        { argv: ['mImgtbl', projected(job), table] },
        { argv: ['mAdd', '-e', '-a', job.combine, '-p', projected(job), table, job.grid, job.out] },
      ];
    },
  };
}

const REMARKS: Record<PeerJob['distortion'], string | null> = {
  none: null,
  sip: 'through mTANHdr',
  tpv: 'through mProject, the general form',
};

/**
 * The fast program knows distorted tangent planes, so SIP is replaced by the nearest of those; TPV needs the general
 * one.
 */
function projection({ dir, grid, distortion }: PeerJob, tile: string, at: number, out: string): Step[] {
  if (distortion === 'none') return [{ argv: ['mProjectPP', tile, out, grid] }];
  if (distortion === 'tpv') return [{ argv: ['mProject', tile, out, grid] }];
  const [header, tangent] = [join(dir, `t${at}.hdr`), join(dir, `t${at}-tan.hdr`)];
  return [
    { argv: ['mGetHdr', tile, header] },
    { argv: ['mTANHdr', header, tangent] },
    { argv: ['mProjectPP', '-i', tangent, tile, out, grid] },
  ];
}
