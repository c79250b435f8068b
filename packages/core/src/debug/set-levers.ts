import type { Device } from '../device.ts';
import { type DebugLevers, pretendedFor } from './levers.ts';

/** Applies the debug levers to a channel's probes and allocations; does nothing when none is set. */
export function setLevers(device: Device, levers: DebugLevers, channel: number): void {
  if (levers.vram === null) return;
  const { freeBytes, grantBytes } = pretendedFor(levers.vram, channel);
  device.setLevers({
    noProbe: freeBytes === null,
    ...(grantBytes === null ? {} : { grant: grantBytes }),
    ...(freeBytes === null ? {} : { memory: { free: freeBytes, total: levers.vram.totalBytes ?? freeBytes } }),
  });
}
