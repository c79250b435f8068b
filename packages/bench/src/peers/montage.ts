import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Missing, Peer, PeerJob } from './peer.ts';

const PROGRAMS = ['mProjectPP', 'mProject', 'mImgtbl', 'mAdd'] as const;

/** Montage: exact overlap of pixels, in the fast form for TAN and in the general one for distorted tiles. */
export function findMontage(): Peer | Missing {
  const missing = PROGRAMS.filter((program) => Bun.which(program) === null);
  if (missing.length > 0) return { peer: 'Montage', why: `${missing.join(', ')} not installed` };
  const projected = (job: PeerJob) => join(job.dir, 'projected');
  return {
    name: 'Montage',
    version: 'installed',
    kernel: (kernel) => (kernel === 'exact' || kernel === 'bilinear' ? 'exact overlap' : null),
    remark: (distortion) => (distortion === 'none' ? null : 'through mProject, the general form'),
    prepare: (job) => {
      mkdirSync(projected(job), { recursive: true });
      // Its tables want file names without a folder and the projected files beside each other.
      writeFileSync(join(job.dir, 'order.txt'), `${job.tiles.join('\n')}\n`);
    },
    steps: (job) => {
      const project = job.distortion === 'none' ? 'mProjectPP' : 'mProject';
      const table = join(job.dir, 'images.tbl');
      return [
        ...job.tiles.map((tile, at) => ({ argv: [project, tile, join(projected(job), `p${at}.fits`), job.grid] })),
        { argv: ['mImgtbl', projected(job), table] },
        { argv: ['mAdd', '-e', '-p', projected(job), table, job.grid, job.out] },
      ];
    },
  };
}
