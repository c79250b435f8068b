import type { CudaDevice, WgpuAdapter } from '../../device.ts';
import {
  COPY_GB_S,
  CUDA_START_S,
  LANES,
  LEAST_CUDA,
  REACHED,
  SHARED_COPY_GB_S,
  WGPU_DISCRETE,
  WGPU_INTEGRATED,
  WGPU_START_S,
} from './rates.ts';

/** What a GPU is expected to do, per second of its own time. */
export interface Card {
  /** From nothing until the first chunk can be sent, s. */
  start: number;
  instructions: number;
  /** Of its own memory. */
  memoryBytes: number;
  /** To and from the host. */
  copyBytes: number;
}

const GB = 1e9;

/** From multiprocessors and clocks, where the driver tells them; else as slow as the smallest card the kernels run on. */
export function cudaCard(facts: CudaDevice): Card {
  const { multiprocessors = 0, clockMhz = 0, memoryMhz = 0, busBits = 0, integrated } = facts;
  const compute = Number(facts.compute);
  const [, lanes] = LANES.findLast(([from]) => compute >= from) ?? [0, 64];
  const instructions = multiprocessors * lanes * clockMhz * 1e6 || LEAST_CUDA.instructionsPerS;
  // Two transfers a clock.
  const memoryBytes = (2 * memoryMhz * 1e6 * busBits) / 8 || LEAST_CUDA.memoryGbS * GB;
  return {
    start: CUDA_START_S,
    instructions: REACHED * instructions,
    memoryBytes: REACHED * memoryBytes,
    copyBytes: (integrated ? SHARED_COPY_GB_S : COPY_GB_S) * GB,
  };
}

export function wgpuCard({ discrete }: WgpuAdapter): Card {
  const { instructionsPerS, memoryGbS } = discrete ? WGPU_DISCRETE : WGPU_INTEGRATED;
  return {
    start: WGPU_START_S,
    instructions: REACHED * instructionsPerS,
    memoryBytes: REACHED * memoryGbS * GB,
    copyBytes: (discrete ? COPY_GB_S : SHARED_COPY_GB_S) * GB,
  };
}
