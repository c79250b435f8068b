import type { BudgetReason } from './cap.ts';

/** Output rows of a chunk, by each of the things that bound it. */
export interface RowBounds {
  byBudget: number;
  rowsHint: number;
  /** By the device's largest buffer and binding; null without a limit. */
  byLimits: number | null;
}

export interface BoundRows {
  /** 0: not even one row. */
  rows: number;
  reasons: BudgetReason[];
}

/** The rows that satisfy every bound, and the reasons worth a word. */
export function boundRows({ byBudget, rowsHint, byLimits }: RowBounds): BoundRows {
  const wanted = Math.max(0, Math.floor(Math.min(byBudget, rowsHint)));
  const limit = byLimits === null ? Infinity : Math.max(0, Math.floor(byLimits));
  const reasons: BudgetReason[] = [];
  if (byBudget < 1) reasons.push('budget_below_one_row');
  if (limit < wanted) reasons.push('max_buffer');
  return { rows: Math.min(wanted, limit), reasons };
}

/** The budget cannot hold a single row: this channel is for the CPU. Bytes. */
export function belowOneRow(oneRowBytes: number, budgetBytes: number): boolean {
  return !(oneRowBytes <= budgetBytes);
}

/** The most rows, up to `most`, whose bytes are within the limit; 0 when not one is. Bytes must not fall with rows. */
export function rowsWithin(limitBytes: number, most: number, bytesOf: (rows: number) => number): number {
  let [good, bad] = [0, Math.floor(most) + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (bytesOf(middle) <= limitBytes) good = middle;
    else bad = middle;
  }
  return good;
}
