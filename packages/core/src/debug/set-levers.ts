import type { Device } from '../device.ts';
import { type DebugLevers, pretendedFor } from './levers.ts';

/** Makes the probes and allocations of a channel what the debug levers say; without them the device stays as it is. */
export function setLevers(device: Device, levers: DebugLevers, channel: number): void {
  if (levers.vram === null) return;
  const { freeBytes, grantBytes } = pretendedFor(levers.vram, channel);
  device.setLevers({
    noProbe: freeBytes === null,
    ...(grantBytes === null ? {} : { grant: grantBytes }),
    ...(freeBytes === null ? {} : { memory: { free: freeBytes, total: levers.vram.totalBytes ?? freeBytes } }),
  });
}
