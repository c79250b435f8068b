import { about, type PlanFacts, printable, type RunEvent } from '@zemosaic/core';
import { Log } from './log-line.ts';
import { Progress, ProgressBar } from './progress.ts';
import type { Renderer, RenderOptions, Streams } from './renderer.ts';
import { bytes, counted, degrees, percent, position, scale, seconds, table } from './words.ts';

/** Output for people: the plan and the progress on stderr, the results on stdout. */
export function humanRenderer(streams: Streams, options: RenderOptions): Renderer {
  const log = new Log(streams, options);
  const { paint } = log;
  const bar = new ProgressBar(streams.err, paint.accent, paint.dim);
  let progress = new Progress(options.elapsed);
  let plan: PlanFacts | null = null;

  const show = (event: RunEvent) => {
    switch (event.event) {
      case 'run.started':
        if (!options.quiet) streams.err(`${paint.bold(`zemosaic ${event.version}`)}  ${event.command}\n`);
        break;
      case 'plan':
        plan = event;
        progress = new Progress(options.elapsed);
        if (!options.quiet) streams.err(`${planLines(event, paint.dim).join('\n')}\n`);
        break;
      case 'chunk.done': {
        if (options.quiet) break;
        const now = progress.add(event);
        if (options.terminal) bar.show(now);
        else if (now.tells) streams.err(`${now.text}\n`);
        break;
      }
      case 'run.done':
        log.counts(event.warnings);
        for (const line of doneLines(event, plan)) streams.out(`${printable(line)}\n`);
        break;
      default:
    }
  };

  return {
    event(event) {
      if (event.event !== 'chunk.done') bar.clear();
      if (!log.event(event)) show(event);
    },
    result(_name, _fields, lines) {
      bar.clear();
      log.rest();
      for (const line of lines()) streams.out(`${printable(line)}\n`);
    },
    fail(failure) {
      bar.clear();
      log.fail(failure);
    },
  };
}

/** The plan as text for people; `plan` prints it too. */
export function planLines(plan: PlanFacts, dim: (text: string) => string): string[] {
  const { grid } = plan;
  const planes = grid.planes === 1 ? '' : ` x ${grid.planes}`;
  const budget = plan.cap_mb === null ? '' : `, ${plan.cap_mb.toFixed(0)} MB allowed`;
  const free = plan.disk_free === null ? '' : `, ${bytes(plan.disk_free)} free`;
  const rows: [string, string][] = [
    ['tiles', `${plan.tiles}`],
    ['grid', `${grid.width} x ${grid.height}${planes} px, ${grid.projection}, ${scale(grid.scale_arcsec)}`],
    ['centre', `${position(grid.center)}, ${grid.frame}, rotation ${degrees(grid.rotation_deg)}`],
    ['backend', `${plan.backend}, ${counted(plan.threads, 'thread')}${expected(plan)}`],
    ['chunks', plan.chunks === 0 ? NO_CHUNK : `${chunksOf(plan)}, at most ${bytes(plan.chunk_bytes)} each${budget}`],
    ['output', `${bytes(plan.output_bytes)}${free}`],
  ];
  return rows.map(([name, value]) => `  ${dim(name.padEnd(9))} ${printable(value)}`);
}

/** What led to the backend, where `auto` had a choice. */
function expected({ expected_s, free_vram_mb }: PlanFacts): string {
  const each = Object.entries(expected_s ?? {}).map(([name, value]) => `${name} ${about(value)}`);
  if (free_vram_mb !== null) each.push(`${free_vram_mb.toFixed(1)} MB free on the GPU`);
  return each.length === 0 ? '' : ` (${each.join(', ')})`;
}

const NO_CHUNK =
  'not even one row fits into the GPU memory that is free now; the CPU makes what still does not fit later';

/** A device makes one channel after another, the CPU all channels at once. */
function chunksOf({ backend, chunks, channels, rows_per_chunk }: PlanFacts): string {
  const each = backend === 'cpu' || channels === 1 ? '' : ' per channel';
  return `${chunks}${each} of up to ${counted(rows_per_chunk, 'row')}`;
}

function doneLines(done: Extract<RunEvent, { event: 'run.done' }>, plan: PlanFacts | null): string[] {
  const [mosaic = '', ...others] = done.outputs;
  const shape = plan === null ? '' : `${plan.grid.width} x ${plan.grid.height}${planesOf(plan)} px`;
  const skipped = done.tiles_skipped > 0 ? `, ${done.tiles_skipped} skipped` : '';
  const figures = [
    shape,
    bytes(done.bytes),
    `${percent(done.coverage_fraction)} covered`,
    `${counted(done.tiles_used, 'tile')}${skipped}`,
    seconds(done.seconds),
  ];
  return [...table([[mosaic, ...figures]]), ...others];
}

function planesOf(plan: PlanFacts): string {
  return plan.grid.planes === 1 ? '' : ` x ${plan.grid.planes}`;
}
