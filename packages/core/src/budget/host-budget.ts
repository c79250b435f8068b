import type { HostFacts } from '../device.ts';
import { MB } from '../units.ts';

/** Memory in MB that a run may use: as requested, else half of what is available to this process now. */
export function ramMb(asked: number | null, host: HostFacts): number {
  if (asked !== null) return asked;
  const available = Math.min(host.ramAvailable, host.cgroupLimit ?? Infinity);
  return Math.max(1, Math.floor(available / MB / 2));
}

/** Bytes a chunk may use on the CPU, windows and output strips included. */
export function cpuBudget(ram: number): number {
  return Math.floor(Math.min(256, ram / 4) * MB);
}
