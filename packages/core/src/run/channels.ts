import type { Progress } from '../journal/progress.ts';
import type { CpuPass, Prepared } from '../plan/prepare.ts';
import { type ChannelReport, newReport } from '../report/report.ts';
import { MB } from '../units.ts';
import { runOnDevice } from './device-pass.ts';
import { Pass, type PassSurroundings, type PassWork } from './pass.ts';

/**
 * Makes every channel. The CPU makes them all in one pass over the tiles, unless each has tiles or maps of its own; a device
 * makes them one by one and is probed before each.
 */
export async function runChannels(
  made: Prepared,
  progress: Progress,
  around: PassSurroundings,
): Promise<ChannelReport[]> {
  const reports: ChannelReport[] = [];
  if (made.gpu === null) {
    for (const pass of made.passes) reports.push(await runOnCpu(made, progress, around, pass));
    return reports;
  }
  let lost = false;
  for (let channel = 0; channel < made.channels; channel += 1) {
    const work = workOf(made, progress, around, channel, 1, made.gpu.backend);
    if (lost || isDone(work)) {
      const { plan } = made.passes[channel] ?? made;
      reports.push(await runOnCpu(made, progress, around, { channel, channels: 1, plan }));
      continue;
    }
    const planner = { ...made.gpu.planner, pass: made.rowsOf(channel, 1) };
    lost = (await runOnDevice(made.device, { ...made.gpu, planner }, work)).deviceLost;
    reports.push(work.report);
  }
  return reports;
}

async function runOnCpu(
  made: Prepared,
  progress: Progress,
  around: PassSurroundings,
  { channel, channels, plan }: CpuPass,
): Promise<ChannelReport> {
  const work = workOf(made, progress, around, channel, channels, 'cpu');
  const { report } = work;
  if (isDone(work)) return report;
  report.budget_mb = made.budget === null ? null : made.budget / MB;
  report.cap_mb = report.budget_mb;
  report.estimated_bytes = plan.bytes;
  const pass = new Pass(made.device, work);
  await pass.onCpu(plan);
  pass.end();
  return report;
}

/** The work of a pass, with the report of what an earlier run did of it, if there was one. */
function workOf(
  made: Prepared,
  progress: Progress,
  around: PassSurroundings,
  channel: number,
  channels: number,
  backend: string,
): PassWork {
  const of = made.channels;
  const report = progress.of(channel)?.report ?? newReport(channel, channels, of, backend);
  return { ...around, channel, channels, of, height: made.grid.height, report };
}

function isDone({ report, height }: PassWork): boolean {
  return report.rows_done >= height;
}
