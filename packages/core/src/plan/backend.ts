import type { MosaicOptions } from '../config/options.ts';
import type { BackendName, Engine } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';

/**
 * The backend of a run: as asked, or by `auto` CUDA, then a hardware adapter of wgpu, then the CPU.
 * @throws AppError exit 6 when the one asked for cannot be had and the CPU is not allowed.
 */
export function chooseBackend(engine: Engine, options: MosaicOptions, emit: Emit): BackendName {
  const { backend } = options;
  if (backend === 'cpu') return 'cpu';
  const unable = unfit(engine, options);
  if (backend === 'auto') {
    if (unable !== null) return 'cpu';
    if (withoutCuda(engine) === null) return 'cuda';
    // Loading a graphics driver to find nothing costs more than a small mosaic.
    return engine.hostFacts().mayHaveGpu && hardwareAdapter(engine, options) ? 'wgpu' : 'cpu';
  }
  const reason = unable ?? (backend === 'cuda' ? withoutCuda(engine) : withoutWgpu(engine));
  if (reason === null) return backend;
  fallBack(options, reason, emit);
  return 'cpu';
}

/** Says once that the CPU does it, or refuses. */
export function fallBack(options: MosaicOptions, reason: string, emit: Emit): void {
  const { backend } = options;
  if (options.noCpuFallback) {
    throw new AppError(Exit.backend, 'backend_missing', `${reason}; drop --no-cpu-fallback to use the CPU`);
  }
  emit({ event: 'backend.fallback', from: backend, to: 'cpu', reason });
  emit({ event: 'warning', code: 'backend_missing', message: `${reason}; using the CPU` });
}

/** The CPU does everything. */
function unfit(engine: Engine, { kernel }: MosaicOptions): string | null {
  return engine.deviceKernels().includes(kernel) ? null : `--kernel ${kernel} has no GPU version yet`;
}

/** Goes on to wgpu, under `auto`, where CUDA lists a device but does not open it: too old or full. False where it may not. */
export function fallToWgpu(engine: Engine, options: MosaicOptions, reason: string, emit: Emit): boolean {
  if (options.backend !== 'auto' || !hardwareAdapter(engine, options)) return false;
  emit({ event: 'backend.fallback', from: 'cuda', to: 'wgpu', reason });
  emit({ event: 'warning', code: 'backend_missing', message: `${reason}; using wgpu` });
  return true;
}

function withoutCuda(engine: Engine): string | null {
  const { devices, problem } = engine.cudaFacts(false);
  return devices.length > 0 ? null : (problem?.reason ?? 'no CUDA device was found');
}

/** A software adapter will do when wgpu is asked for by name. */
function withoutWgpu(engine: Engine): string | null {
  const { adapters, problem } = engine.wgpuFacts();
  return adapters.length > 0 ? null : (problem?.reason ?? 'no wgpu adapter was found');
}

function hardwareAdapter(engine: Engine, { device }: MosaicOptions): boolean {
  return engine.wgpuFacts().adapters[device]?.software === false;
}
