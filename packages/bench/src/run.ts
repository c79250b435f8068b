import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ChannelReport,
  type Emit,
  type Engine,
  type ExitCode,
  MB,
  type MosaicOptions,
  mosaic,
  type RunEvent,
} from '@zemosaic/core';
import { type Counters, countersOf } from './counters.ts';
import { floorSeconds } from './floor.ts';
import type { Combination, Run, Vram } from './record.ts';

/** A combination of known names, which can be run; a saved one may come from another version. */
export type Asked = Combination & Pick<MosaicOptions, 'backend' | 'kernel' | 'combine'>;

export interface RunSurroundings {
  engine: Engine;
  emit: Emit;
  version: string;
  environment: Record<string, string | undefined>;
  clock: () => number;
  stop: () => ExitCode | null;
}

export interface RunRequest {
  combination: Asked;
  inputs: string[];
  base: MosaicOptions;
  work: string;
  /** How fast the disk is on which the inputs are, if it is slow on purpose. */
  diskMbPerSecond: number | undefined;
  /** An earlier run has already passed on the warnings of this mosaic. */
  quiet: boolean;
}

export interface RunDone {
  run: Run;
  counters: Counters;
  vram: Vram[];
}

/** Makes one mosaic in this process, measures it and removes it. */
export async function runOnce(request: RunRequest, around: RunSurroundings): Promise<RunDone> {
  const { combination, base, inputs, work } = request;
  const out = join(work, 'mosaic.fits');
  const options = optionsOf(base, combination);
  const heard = new Ear(request.quiet ? null : around.emit);
  const peak = resetPeak();
  const cpu = process.cpuUsage();
  const start = around.clock();
  try {
    const told = { emit: heard.emit, onBegun: () => {}, onComplete: () => {} };
    const surroundings = { ...around, ...told, effective: {}, origins: {} };
    await mosaic({ command: 'bench', inputs, out, options }, surroundings);
    const seconds = (around.clock() - start) / 1000;
    const spent = process.cpuUsage(cpu);
    const peak_rss = peak ? around.engine.hostFacts().peakRss : null;
    const output: Counters = { ...heard.plan, output_bytes: existsSync(out) ? statSync(out).size : 0 };
    const run = {
      seconds,
      user_seconds: spent.user / 1e6,
      system_seconds: spent.system / 1e6,
      sync_ms: sync(out, around.clock),
      floor_seconds: floorSeconds(inputs, Number(output.output_bytes), work, request.diskMbPerSecond),
      peak_rss,
      channels: heard.channels,
    };
    return { run, counters: countersOf(heard.channels, output), vram: heard.vram };
  } finally {
    rmSync(out, { force: true });
  }
}

function optionsOf(base: MosaicOptions, one: Asked): MosaicOptions {
  return {
    ...base,
    backend: one.backend,
    kernel: one.kernel,
    combine: one.combine,
    threads: one.threads,
    chunkMb: one.chunk_mb,
    chunkRows: one.chunk_rows,
    matchGain: false,
    // The other programs do not wait for the disk; the wait is measured separately.
    noSync: true,
    force: true,
    // A resumed run would not measure the whole work.
    resume: false,
    reproducible: true,
  };
}

/** Collects the events of a run. */
class Ear {
  readonly channels: ChannelReport[] = [];
  vram: Vram[] = [];
  plan: Counters = {};
  private memory: Pick<Vram, 'free' | 'budget' | 'cap'> = { free: null, budget: null, cap: null };

  constructor(private readonly pass: Emit | null) {}

  readonly emit = (event: RunEvent): void => {
    switch (event.event) {
      case 'plan':
        this.plan = {
          grid: `${event.grid.width}x${event.grid.height}x${event.grid.planes}`,
          tiles: event.tiles,
        };
        break;
      case 'background.done':
        this.plan.matching_bytes_read = event.bytes_read;
        break;
      case 'channel.refresh':
        this.memory = { free: event.free_vram_mb, budget: event.budget_mb, cap: event.cap_mb };
        break;
      case 'chunk.done':
        this.vram.push({
          channel: event.channel,
          chunk: event.chunk,
          ...this.memory,
          used: event.peak_bytes / MB,
        });
        break;
      case 'channel.done': {
        const { event: _, ...report } = event;
        this.channels.push(report);
        // What the CPU used is not device memory.
        if (report.backend === 'cpu') this.vram = this.vram.filter(({ channel }) => channel !== report.channel);
        break;
      }
      case 'warning':
        this.pass?.(event);
        break;
      default:
    }
  };
}

/** Milliseconds until the file is on the disk. Syncing here also keeps its writing out of the next run. */
function sync(path: string, clock: () => number): number {
  const start = clock();
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return clock() - start;
}

/** Resets the peak memory of this process; false where the system cannot. */
function resetPeak(): boolean {
  Bun.gc(true);
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}
