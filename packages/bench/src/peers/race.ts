import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AccuracyFacts, AppError, describe, Exit } from '@zemosaic/core';
import { measureCeilings } from '../ceilings.ts';
import type { Ceilings, HostRecord } from '../record.ts';
import { megapixels, type Scenario, skyOf } from '../scenario.ts';
import { hostRecord, type SweepSurroundings, warnWhenBusy } from '../sweep.ts';
import { tilesOf } from '../tiles.ts';
import { type Cost, measure } from './measure.ts';
import { findMontage } from './montage.ts';
import { layGrid, ourselves } from './ourselves.ts';
import type { Missing, Peer, PeerJob } from './peer.ts';
import { findPython } from './python.ts';
import { findSwarp } from './swarp.ts';

export interface RaceRequest {
  scenarios: Scenario[];
  kernels: string[];
  combines: string[];
  /** Names of the programs to run; null for all of them. */
  peers: string[] | null;
  /** Backgrounds are matched by the programs that can. */
  matched: boolean;
  runs: number;
  threads: number;
  /** Command line of this program. */
  program: string[];
  tiles: string;
  work: string;
}

export interface RaceRow {
  scenario: string;
  /** As requested. */
  kernel: string;
  combine: string;
  peer: string;
  version: string;
  /** The peer's names for them. */
  its_kernel: string;
  its_combine: string;
  /** What it does about differences of level between tiles. */
  background: string;
  megapixels: number;
  remark: string | null;
  runs: Cost[];
  /** Accuracy of its first mosaic; null when it made none. */
  accuracy: AccuracyFacts | null;
}

export interface Race {
  schema: 1;
  kind: 'peers';
  version: string;
  made: string;
  host: HostRecord;
  ceilings: Ceilings;
  rows: RaceRow[];
  missing: Missing[];
}

/**
 * This program and every other one that is installed make the same mosaics: the same tiles, the same grid, no
 * fsync, and no background step unless it is asked for. All are started as commands, so that each pays for its own start-up, and the runs are
 * interleaved. The tiles have no noise, so any difference from the simulated sky comes from the program.
 */
export async function racePeers(request: RaceRequest, around: SweepSurroundings): Promise<Race> {
  const { engine, emit, environment } = around;
  mkdirSync(request.work, { recursive: true });
  const host = await hostRecord(engine);
  warnWhenBusy(host, emit);
  const known = [findSwarp(), findMontage(), ...findPython(environment)];
  const found = chosen(known, request.peers);
  const others = found.filter((one): one is Peer => 'steps' in one);
  const peers = [ourselves(request.program, around.version), ...others];
  const missing = found.filter((one): one is Missing => 'why' in one);
  const rows: RaceRow[] = [];
  const ceilings = await measureCeilings(request.work, engine);
  for (const asked of request.scenarios) {
    const scenario = { ...asked, layout: { ...asked.layout, noise: 0 } };
    if (scenario.layout.colour) {
      missing.push({ peer: 'all', why: `${scenario.name} is in colour, which the others do not take in one run` });
      continue;
    }
    const { paths } = await tilesOf(engine, scenario, request.tiles);
    const grid = join(request.work, `${scenario.name}.hdr`);
    await layGrid(request, paths, grid, around);
    const ways = request.kernels.flatMap((kernel) => request.combines.map((combine) => ({ kernel, combine })));
    for (const { kernel, combine } of ways) {
      const starters: { peer: Peer; row: RaceRow }[] = [];
      for (const peer of peers) {
        const [itsKernel, itsCombine] = [peer.kernel(kernel), peer.combine(combine)];
        if (itsKernel === null || itsCombine === null) {
          const why = `has no ${itsKernel === null ? kernel : combine}`;
          if (!missing.some((one) => one.peer === peer.name && one.why === why)) missing.push({ peer: peer.name, why });
          continue;
        }
        const said = {
          remark: peer.remark(scenario.layout.distortion),
          megapixels: megapixels(scenario),
          runs: [],
          accuracy: null,
        };
        const row = {
          scenario: scenario.name,
          kernel,
          combine,
          peer: peer.name,
          version: peer.version,
          its_kernel: itsKernel,
          its_combine: itsCombine,
          background: (request.matched ? peer.matching : null) ?? 'none',
          ...said,
        };
        starters.push({ peer, row });
        rows.push(row);
      }
      const { distortion } = scenario.layout;
      const { threads, matched } = request;
      const job = { tiles: paths, grid, kernel, combine, threads, matched, distortion };
      for (let run = 1; run <= request.runs; run += 1) {
        for (const { peer, row } of starters) {
          const stopped = around.stop();
          if (stopped !== null) throw new AppError(stopped, 'stopped', 'stopped by signal');
          if (row.runs.length < run - 1) continue;
          await oneRun(peer, row, job, { scenario, work: request.work }, around);
          const cost = row.runs[run - 1];
          if (cost === undefined) continue;
          const told = `run ${run}/${request.runs}  ${scenario.name}/${kernel}/${combine}  ${peer.name}  ${cost.seconds.toFixed(2)} s`;
          emit({ event: 'info', code: 'bench.run', message: told });
        }
      }
    }
  }
  const made = new Date().toISOString();
  return { schema: 1, kind: 'peers', version: around.version, made, host, ceilings, rows, missing };
}

/** @throws AppError exit 2 for a name that no peer has. */
function chosen(known: (Peer | Missing)[], names: string[] | null): (Peer | Missing)[] {
  const nameOf = (one: Peer | Missing) => ('steps' in one ? one.name : one.peer);
  return (names ?? known.map(nameOf)).map((name) => {
    const found = known.find((one) => nameOf(one).toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    const all = known.map(nameOf).join(', ');
    throw new AppError(Exit.usage, 'bad_value', `--peers ${name} is not one of ${all}`);
  });
}

/** One run of a peer; a peer that fails is reported and not run again. */
async function oneRun(
  peer: Peer,
  row: RaceRow,
  job: Omit<PeerJob, 'out' | 'dir'>,
  { scenario, work }: { scenario: Scenario; work: string },
  around: SweepSurroundings,
): Promise<void> {
  const dir = join(work, 'peer');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const whole: PeerJob = { ...job, dir, out: join(dir, 'mosaic.fits') };
  try {
    peer.prepare?.(whole);
    const cost = await measure(peer.steps(whole), dir, around.environment, around.stop);
    if (!existsSync(whole.out)) throw new Error('it wrote no mosaic');
    row.runs.push(cost);
    row.accuracy ??= await around.engine.scoreMosaic(whole.out, job.grid, skyOf(scenario), scenario.seed);
  } catch (error) {
    const reason = describe(error).message.replace(/\s+/g, ' ');
    row.remark = `failed: ${reason.slice(0, 300)}`;
    around.emit({ event: 'warning', code: 'peer_failed', message: `${peer.name}: ${reason}` });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
