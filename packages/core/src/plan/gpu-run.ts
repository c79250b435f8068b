import { type CapSnapshot, snapshotCap } from '../budget/cap.ts';
import { type DevicePlan, type DevicePlanner, planDevice } from '../budget/device-plan.ts';
import type { PassRows } from '../budget/pass-rows.ts';
import { budgetOf, type PlanHints, planHints } from '../budget/policy.ts';
import type { MosaicRequest } from '../config/options.ts';
import { type DebugLevers, readLevers } from '../debug/levers.ts';
import { setLevers } from '../debug/set-levers.ts';
import { powerOf } from '../debug/variables.ts';
import type { Device, HostFacts } from '../device.ts';
import type { RetryRules } from '../retry/state.ts';

export type Environment = Record<string, string | undefined>;

/** What a run on a GPU decides at its start. */
export interface GpuRun {
  backend: string;
  snapshot: CapSnapshot;
  hints: PlanHints;
  planner: DevicePlanner;
  /** The plan for one channel, as it looks before the first. */
  plan: DevicePlan;
  levers: DebugLevers;
  /** Bytes of a chunk on the CPU, for work that the device cannot do. */
  cpuBudget: number;
  rules: RetryRules;
  /** A mosaic reports its memory policy; other commands only show it with --debug. */
  tells: boolean;
}

export interface GpuRunParts {
  request: MosaicRequest;
  backend: string;
  host: HostFacts;
  environment: Environment;
  /** Bytes of a chunk on the CPU, and of all the memory the run may use. */
  cpu: { budget: number; ram: number };
}

/** What stays fixed for a whole run on a device: its cap, the plan hints, the levers. `pass` is over one channel. */
export async function openGpuRun(device: Device, pass: PassRows, parts: GpuRunParts): Promise<GpuRun> {
  const { options, command } = parts.request;
  const levers = readLevers(parts.environment);
  setLevers(device, levers, 0);
  const memory = await device.probe();
  const power = powerOf(parts.host, parts.environment);
  const snapshot = snapshotCap(options, { totalBytes: memory?.total ?? null, power });
  const isMosaic = command !== 'reproject';
  const free = memory?.free ?? null;
  const hints = planHints(snapshot, free, pass.height);
  // Half of the run's memory; the rest is for the process itself and its driver.
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
