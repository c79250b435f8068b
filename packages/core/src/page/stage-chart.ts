import type { StageMs } from '../device.ts';
import { escaped, figure, ticks } from './svg.ts';

const STAGES = ['map', 'read', 'upload', 'kernel', 'download', 'write', 'wait'] as const;

/** One channel of a run. */
export interface StageBar {
  name: string;
  channel: { channel: number; channels: number; ms: StageMs; seconds: number };
}

/** The stages of every channel as one stacked bar each, with a mark for the elapsed time. */
export function stageChart(channels: readonly StageBar[]): string {
  const bars = channels.map(({ name, channel }) => {
    const last = channel.channel + channel.channels - 1;
    const which = last > channel.channel ? `channels ${channel.channel} to ${last}` : `channel ${channel.channel}`;
    return { name, which, channel };
  });
  const total = (ms: StageMs) => STAGES.reduce((sum, stage) => sum + ms[stage], 0);
  const values = ticks(
    Math.max(0, ...bars.map(({ channel }) => Math.max(total(channel.ms), channel.seconds * 1000))),
    5,
  );
  const top = values[values.length - 1] ?? 1;
  const percent = (ms: number) => `${((100 * ms) / top).toFixed(3)}%`;
  const rows = bars.map(({ name, which, channel }) => {
    const parts = STAGES.filter((stage) => channel.ms[stage] > 0).map((stage) => {
      const about = `${stage} ${channel.ms[stage].toFixed(1)} ms`;
      return `<i class="st-${stage}" style="width:${percent(channel.ms[stage])}" title="${about}"></i>`;
    });
    const elapsed = `<b style="left:${percent(channel.seconds * 1000)}" title="elapsed ${(channel.seconds * 1000).toFixed(1)} ms"></b>`;
    return `<div class="name">${escaped(name)}<small>${which}</small></div><div class="bar">${parts.join('')}${elapsed}</div>`;
  });
  const axis = values.map((value) => `<span style="left:${percent(value)}">${figure(value)}</span>`).join('');
  const legend = STAGES.filter((stage) => bars.some(({ channel }) => channel.ms[stage] > 0));
  const named = legend.map((stage) => `<li class="st-${stage}"><i></i><span>${stage}</span></li>`).join('');
  return `<div class="stages">${rows.join('')}<div class="name"><small>ms</small></div><div class="scale">${axis}</div></div><ul class="legend">${named}<li class="elapsed"><i></i><span>elapsed</span></li></ul>`;
}
