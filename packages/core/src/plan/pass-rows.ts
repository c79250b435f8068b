import type { PassRows } from '../budget/pass-rows.ts';
import type { Device, GridFacts } from '../device.ts';

/** The rows of a pass over `channels` channels from `channel` (0-based) on. */
export type RowsOf = (channel: number, channels: number) => PassRows;

export function passRows(device: Device, { height }: GridFacts, threads: number): RowsOf {
  return (channel, channels) => ({
    height,
    threads,
    fit: (on, row0, after, bounds) => {
      const request = { onDevice: on === 'device', channel, channels, row0 };
      return device.fit(after === null ? request : { ...request, after }, bounds);
    },
  });
}
