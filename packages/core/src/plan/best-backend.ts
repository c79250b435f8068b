import type { MosaicOptions } from '../config/options.ts';
import { type DebugLevers, pretendedFor } from '../debug/levers.ts';
import type { BackendName, CudaDevice, Engine, Kernel } from '../device.ts';
import type { Emit } from '../event.ts';
import { MB } from '../units.ts';
import { hardwareAdapter, tellBroken, turnToWgpu, unfit } from './backend.ts';
import { cudaCard, wgpuCard } from './cost/card.ts';
import { onCpu, onGpu } from './cost/estimate.ts';
import type { Job } from './cost/job.ts';

/** What `auto` decides from. */
export interface Race {
  engine: Engine;
  options: MosaicOptions;
  kernel: Kernel;
  /** Measured only where there is a GPU to compare. */
  job: () => Job;
  levers: DebugLevers;
  emit: Emit;
  /** How the choice is told. */
  level: 'info' | 'debug';
}

/** A backend, and what led to it. */
export interface Choice {
  backend: BackendName;
  /** Expected seconds of each backend that was compared; null where nothing was. */
  expected: Partial<Record<BackendName, number>> | null;
  /** MB free on the CUDA device where the CPU was chosen instead of it; null where they are not known or not asked for. */
  freeVramMb: number | null;
}

export const alone = (backend: BackendName): Choice => ({ backend, expected: null, freeVramMb: null });

/**
 * The backend of a run under `auto`: whichever the cost model expects to be first. Where CUDA can be used, wgpu is not asked: it
 * would mostly be the same card.
 */
export async function bestBackend(race: Race): Promise<Choice> {
  const { engine, options, kernel, emit } = race;
  if (unfit(engine, kernel) !== null) return alone('cpu');
  const { devices, problem } = await engine.cudaFacts(true, options.device);
  if (devices.length > 0) {
    const device = devices[options.device];
    // Opening it says why it cannot be used.
    return device?.usable ? told(race, besideCuda(race, device)) : alone('cuda');
  }
  tellBroken(problem, emit);
  return (await besideWgpu(race)) ?? alone('cpu');
}

/** What is used where a CUDA device cannot be opened: wgpu if that is faster than the CPU, or if any GPU was asked for; else null. */
export async function insteadOfCuda(race: Race, reason: string): Promise<Choice | null> {
  const { engine, options, emit } = race;
  const asked = options.backend === 'gpu' && (await hardwareAdapter(engine, options, emit)) !== null;
  const choice = asked ? alone('wgpu') : options.backend === 'auto' ? await besideWgpu(race) : null;
  if (choice?.backend !== 'wgpu') return null;
  turnToWgpu(reason, emit);
  return choice;
}

function besideCuda({ job: jobOf, levers }: Race, device: CudaDevice): Choice {
  const job = jobOf();
  const cpu = onCpu(job).seconds;
  const cuda = onGpu(job, cudaCard(device)).seconds;
  if (cuda < cpu) return { backend: 'cuda', expected: { cuda, cpu }, freeVramMb: null };
  const free = levers.vram === null ? device.free : pretendedFor(levers.vram, 0).freeBytes;
  return { backend: 'cpu', expected: { cpu, cuda }, freeVramMb: free == null ? null : free / MB };
}

/** Null where no adapter may be used: other cards and drivers round in other ways, so none may make what is to be reproduced. */
async function besideWgpu(race: Race): Promise<Choice | null> {
  const { engine, options, emit, job: jobOf } = race;
  const adapter = options.reproducible ? null : await hardwareAdapter(engine, options, emit);
  if (adapter === null) return null;
  const job = jobOf();
  const cpu = onCpu(job).seconds;
  const wgpu = onGpu(job, wgpuCard(adapter)).seconds;
  const backend = wgpu < cpu ? 'wgpu' : 'cpu';
  return told(race, { backend, expected: { cpu, wgpu }, freeVramMb: null });
}

function told({ emit, level }: Race, choice: Choice): Choice {
  emit({ event: level, code: 'backend', message: choiceLine(choice) });
  return choice;
}

/** `backend=cpu: about 0.4 s; cuda about 1.1 s; free_vram_mb=7800.0`. */
export function choiceLine({ backend, expected, freeVramMb }: Choice): string {
  const { [backend]: first = 0, ...others } = expected ?? {};
  const rest = Object.entries<number>(others).map(([name, seconds]) => `; ${name} ${about(seconds)}`);
  // Where the device is used, the line of each channel tells it.
  const free = 'cuda' in others ? `; free_vram_mb=${freeVramMb?.toFixed(1) ?? 'n/a'}` : '';
  return `backend=${backend}: ${about(first)}${rest.join('')}${free}`;
}

/** An estimate has no more than two figures. */
export function about(seconds: number): string {
  return `about ${Number(seconds.toPrecision(2))} s`;
}
