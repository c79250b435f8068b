import type { MosaicOptions } from './config/options.ts';
import type { Engine } from './device.ts';
import { AppError, Exit } from './error.ts';
import type { Emit } from './event.ts';

export type BackendName = 'cuda' | 'cpu';

/** What the GPU kernels can do in this version; the CPU does everything. */
const GPU_KERNELS = ['nearest', 'bilinear'];
const GPU_COMBINES = ['mean'];

/**
 * The backend of a run: as asked, or by `auto` the first that is there.
 * @throws AppError exit 6 when the one asked for cannot be had and the CPU is not allowed.
 */
export function chooseBackend(engine: Engine, options: MosaicOptions, emit: Emit): BackendName {
  if (options.backend === 'cpu') return 'cpu';
  const reason = unfit(options) ?? missing(engine, options);
  if (reason === null) return 'cuda';
  if (options.backend !== 'auto') fallBack(options, reason, emit);
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

function unfit({ kernel, combine }: MosaicOptions): string | null {
  if (!GPU_KERNELS.includes(kernel)) return `--kernel ${kernel} has no GPU version yet`;
  if (!GPU_COMBINES.includes(combine)) return `--combine ${combine} has no GPU version yet`;
  return null;
}

function missing(engine: Engine, { backend }: MosaicOptions): string | null {
  if (backend === 'wgpu') return 'backend wgpu is not in this version';
  const { devices, problem } = engine.cudaFacts();
  if (devices.length > 0) return null;
  return problem?.message ?? 'no CUDA device was found';
}
