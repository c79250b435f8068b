import type { TileDamage } from '../device.ts';
import type { ChannelReport } from '../report/report.ts';
import type { Warning } from '../report/warnings.ts';
import type { Record } from './record.ts';

/** What an earlier run did of one pass over the output. */
export interface PassDone {
  /** Rows from the top. */
  rows: number;
  report: ChannelReport;
}

/** What an earlier run did of each pass, by the pass's first channel (from 0), with its damaged tiles and warnings. */
export class Progress {
  private readonly passes = new Map<number, PassDone>();
  readonly damaged: TileDamage[];
  readonly warnings: Warning[];

  constructor(readonly records: readonly Record[]) {
    for (const { channel, row0, rows, report } of records) this.passes.set(channel, { rows: row0 + rows, report });
    this.warnings = records.flatMap((record) => record.warnings);
    this.damaged = records.flatMap((record) => record.damaged);
  }

  /** The pass that begins with `channel`; null when it was not started. The report is a copy that may be added to. */
  of(channel: number): PassDone | null {
    const found = this.passes.get(channel);
    return found === undefined ? null : { rows: found.rows, report: structuredClone(found.report) };
  }
}
