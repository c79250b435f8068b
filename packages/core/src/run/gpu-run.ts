import { snapshotCap } from '../budget/cap.ts';
import { type DevicePlanner, planDevice } from '../budget/device-plan.ts';
import type { PassRows } from '../budget/pass-rows.ts';
import { budgetOf, planHints } from '../budget/policy.ts';
import type { MosaicRequest } from '../config/options.ts';
import { readLevers } from '../debug/levers.ts';
import { powerOf } from '../debug/variables.ts';
import type { Device, HostFacts } from '../device.ts';
import { type GpuRun, setLevers } from './gpu-channel.ts';

export type Environment = Record<string, string | undefined>;

export interface GpuRunParts {
  request: MosaicRequest;
  backend: string;
  host: HostFacts;
  environment: Environment;
  /** Bytes of a chunk on the CPU, and of all memory the run may use. */
  cpu: { budget: number; ram: number };
}

/** What holds for a whole run on a device: its cap, what to plan with, the levers. `pass` is over one channel. */
export async function openGpuRun(device: Device, pass: PassRows, parts: GpuRunParts): Promise<GpuRun> {
  const { options, command } = parts.request;
  const levers = readLevers(parts.environment);
  setLevers(device, levers, 1);
  const memory = await device.probe();
  const power = powerOf(parts.host, parts.environment);
  const snapshot = snapshotCap(options, { totalBytes: memory?.total ?? null, power });
  const isMosaic = command !== 'reproject';
  const free = memory?.free ?? null;
  const hints = planHints(snapshot, free, pass.height);
  // Half of the run's memory; the rest is for the process itself and the driver in it.
  const planner: DevicePlanner = { pass, hostBytes: parts.cpu.ram / 2, chunkRows: options.chunkRows };
  return {
    backend: parts.backend,
    snapshot,
    hints,
    planner,
    plan: planDevice(planner, { bytes: budgetOf(snapshot, free) ?? hints.chunkBytes, rows: hints.rows }),
    levers,
    cpuBudget: parts.cpu.budget,
    rules: { oomRetry: isMosaic, cpuFallback: !options.noCpuFallback },
    tells: isMosaic,
  };
}
