import type { MosaicOptions } from '../config/options.ts';
import type { BackendName, Engine, Kernel, Problem } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';

/**
 * The backend of a run: as requested; under `auto` CUDA, else a hardware adapter of wgpu, else the CPU.
 * @throws AppError exit 6 when the requested one is not available and the CPU is not allowed.
 */
export async function chooseBackend(
  engine: Engine,
  options: MosaicOptions,
  kernel: Kernel,
  emit: Emit,
): Promise<BackendName> {
  const { backend } = options;
  if (backend === 'cpu') return 'cpu';
  const unable = unfit(engine, kernel);
  if (backend === 'auto') {
    if (unable !== null) return 'cpu';
    const cuda = await engine.cudaFacts(false);
    if (cuda.devices.length > 0) return 'cuda';
    tellBroken(cuda.problem, emit);
    // Loading a graphics driver just to find no GPU costs more than a small mosaic.
    return engine.hostFacts().mayHaveGpu && (await hardwareAdapter(engine, options, emit)) ? 'wgpu' : 'cpu';
  }
  const reason = unable ?? (await (backend === 'cuda' ? withoutCuda(engine) : withoutWgpu(engine)));
  if (reason === null) return backend;
  fallBack(options, reason, emit);
  return 'cpu';
}

/** Reports once that the CPU is used instead, or refuses. */
export function fallBack(options: MosaicOptions, reason: string, emit: Emit): void {
  const { backend } = options;
  if (options.noCpuFallback) {
    throw new AppError(Exit.backend, 'backend_missing', `${reason}; drop --no-cpu-fallback to use the CPU`);
  }
  emit({ event: 'backend.fallback', from: backend, to: 'cpu', reason });
  emit({ event: 'warning', code: 'backend_missing', message: `${reason}; using the CPU` });
}

/** Why a GPU cannot run this; the CPU has every kernel. */
function unfit(engine: Engine, kernel: Kernel): string | null {
  return engine.deviceKernels().includes(kernel) ? null : `--kernel ${kernel} has no GPU version yet`;
}

/**
 * Under `auto`, turns to wgpu where CUDA lists a device but cannot open it (too old, or full). False where it may not.
 */
export async function fallToWgpu(engine: Engine, options: MosaicOptions, reason: string, emit: Emit): Promise<boolean> {
  if (options.backend !== 'auto' || !(await hardwareAdapter(engine, options, emit))) return false;
  emit({ event: 'backend.fallback', from: 'cuda', to: 'wgpu', reason });
  emit({ event: 'warning', code: 'backend_missing', message: `${reason}; using wgpu` });
  return true;
}

/** No driver and no GPU are what many machines have; a driver that crashes or hangs is told. */
function tellBroken(problem: Problem | undefined, emit: Emit): void {
  if (problem === undefined || !problem.code.startsWith('driver_')) return;
  emit({ event: 'warning', code: problem.code, message: problem.reason });
}

async function withoutCuda(engine: Engine): Promise<string | null> {
  const { devices, problem } = await engine.cudaFacts(false);
  return devices.length > 0 ? null : (problem?.reason ?? 'no CUDA device was found');
}

/** A software adapter counts when wgpu is requested by name. */
async function withoutWgpu(engine: Engine): Promise<string | null> {
  const { adapters, problem } = await engine.wgpuFacts();
  return adapters.length > 0 ? null : (problem?.reason ?? 'no wgpu adapter was found');
}

async function hardwareAdapter(engine: Engine, { device }: MosaicOptions, emit: Emit): Promise<boolean> {
  const { adapters, problem } = await engine.wgpuFacts();
  tellBroken(problem, emit);
  return adapters[device]?.software === false;
}
