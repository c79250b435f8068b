import { MB } from '../units.ts';
import type { ChannelBudget, FreshBudget, Normalised } from './policy.ts';

/** Fields of the refresh, in the order of its line; also the fields of the event `channel.refresh`. */
export interface RefreshFields {
  channel: number;
  channels: number;
  free_vram_mb: number;
  budget_mb: number;
  frac: number;
  reserve_mb: number;
  rows_hint: number;
  cap_mb: number;
  safe_mode: 'on' | 'off';
  reasons: string[];
}

/** The event and its line count channels from 1. */
export function refreshFields(budget: FreshBudget, channel: number, channels: number): RefreshFields {
  return {
    channel: channel + 1,
    channels,
    free_vram_mb: budget.freeBytes / MB,
    budget_mb: budget.budgetBytes / MB,
    frac: budget.frac,
    reserve_mb: budget.reserveBytes / MB,
    rows_hint: budget.rowsHint,
    cap_mb: budget.capBytes / MB,
    safe_mode: budget.safeMode ? 'on' : 'off',
    reasons: [...budget.reasons],
  };
}

export function refreshLine(fields: RefreshFields): string {
  return [
    `Phase5 GPU VRAM refresh channel=${fields.channel}/${fields.channels}`,
    `free_vram_mb=${fields.free_vram_mb.toFixed(1)}`,
    `budget_mb=${fields.budget_mb.toFixed(1)}`,
    `frac=${fields.frac.toFixed(2)}`,
    `reserve_mb=${fields.reserve_mb.toFixed(1)}`,
    `rows_hint=${fields.rows_hint}`,
    `cap_mb=${fields.cap_mb.toFixed(1)}`,
    `safe_mode=${fields.safe_mode}`,
    `reasons=[${fields.reasons.join(',')}]`,
  ].join(' ');
}

export const PROBE_UNAVAILABLE = 'VRAM probe unavailable, keeping plan hints';

export function normalisedLine(changes: readonly Normalised[], channel: number, channels: number): string {
  const told = changes.map(({ name, was, now }) => `${name} ${show(was)} -> ${name === 'rows' ? now : now.toFixed(1)}`);
  return `refresh skipped/normalized channel=${channel + 1}/${channels}: ${told.join(', ')}`;
}

/** The INFO lines of a channel's refresh, in order. */
export function refreshLines(budget: ChannelBudget, channel: number, channels: number): string[] {
  const lines = budget.normalised.length > 0 ? [normalisedLine(budget.normalised, channel, channels)] : [];
  if (budget.kind === 'unavailable') lines.push(PROBE_UNAVAILABLE);
  else lines.push(refreshLine(refreshFields(budget, channel, channels)));
  return lines;
}

/** Any value as short text on one line. */
function show(value: unknown): string {
  if (typeof value === 'number' || value === null || value === undefined) return String(value);
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : `(${typeof value})`;
}
