import type { MosaicOptions } from '../config/options.ts';
import type { BackendName, Engine, Kernel, Problem, WgpuAdapter } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';

/**
 * The backend of a run that names one: no cost is estimated. `gpu` is CUDA, else a hardware adapter of wgpu.
 * @throws AppError exit 6 when it is not available and the CPU is not allowed.
 */
export async function namedBackend(
  engine: Engine,
  options: MosaicOptions,
  kernel: Kernel,
  emit: Emit,
): Promise<BackendName> {
  if (options.backend === 'cpu') return 'cpu';
  const found = unfit(engine, kernel) ?? (await available(engine, options, emit));
  if (typeof found !== 'string') return found.backend;
  fallBack(options, found, emit);
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

/** Reports once that wgpu is used where CUDA lists a device but cannot open it (too old, or full). */
export function turnToWgpu(reason: string, emit: Emit): void {
  emit({ event: 'backend.fallback', from: 'cuda', to: 'wgpu', reason });
  emit({ event: 'warning', code: 'backend_missing', message: `${reason}; using wgpu` });
}

/** Why a GPU cannot run this; the CPU has every kernel. */
export function unfit(engine: Engine, kernel: Kernel): string | null {
  return engine.deviceKernels().includes(kernel) ? null : `--kernel ${kernel} has no GPU version yet`;
}

/** No driver and no GPU are what many machines have; a driver that crashes or hangs is told. */
export function tellBroken(problem: Problem | undefined, emit: Emit): void {
  if (problem === undefined || !problem.code.startsWith('driver_')) return;
  emit({ event: 'warning', code: problem.code, message: problem.reason });
}

/** The adapter of wgpu that computes on a GPU; null where there is none. */
export async function hardwareAdapter(
  engine: Engine,
  { device }: Pick<MosaicOptions, 'device'>,
  emit: Emit,
): Promise<WgpuAdapter | null> {
  // Loading a graphics driver just to find no GPU costs more than a small mosaic.
  if (!engine.hostFacts().mayHaveGpu) return null;
  const { adapters, problem } = await engine.wgpuFacts();
  tellBroken(problem, emit);
  const adapter = adapters[device];
  return adapter?.software === false ? adapter : null;
}

/** The backend that was asked for, or why it is missing. A software adapter counts when wgpu is requested by name. */
async function available(
  engine: Engine,
  options: MosaicOptions,
  emit: Emit,
): Promise<{ backend: BackendName } | string> {
  if (options.backend === 'wgpu') {
    const { adapters, problem } = await engine.wgpuFacts();
    return adapters.length > 0 ? { backend: 'wgpu' } : (problem?.reason ?? 'no wgpu adapter was found');
  }
  const { devices, problem } = await engine.cudaFacts(false);
  if (devices.length > 0) return { backend: 'cuda' };
  if (options.backend === 'gpu' && (await hardwareAdapter(engine, options, emit)) !== null) return { backend: 'wgpu' };
  return problem?.reason ?? 'no CUDA device was found';
}
