import { TABLE } from '../config/option-table.ts';
import type { MosaicOptions } from '../config/options.ts';
import { MB } from '../units.ts';

/** The user's options for GPU memory, not yet clamped. */
export type VramOptions = Pick<
  MosaicOptions,
  'chunkMb' | 'vramHardCapMb' | 'vramReserveMb' | 'vramFraction' | 'vramSafeFraction' | 'safeMode'
>;

/** Why a budget has its value; shown in the refresh line. */
export type BudgetReason =
  | 'chunk_mb_clamped'
  | 'total_unknown'
  | 'battery'
  | 'safe_mode'
  | 'hard_cap'
  | 'fraction_clamped'
  | 'cap'
  | 'max_buffer'
  | 'chunk_rows'
  | 'budget_below_one_row';

/** Limits that hold for the whole run, determined once at its start. */
export interface CapSnapshot {
  /** The most bytes a chunk may ever use in this run. */
  capBytes: number;
  user: boolean;
  safeMode: boolean;
  /** Fraction of the usable bytes, clamped. */
  frac: number;
  reserveBytes: number;
  reasons: readonly BudgetReason[];
}

export interface Machine {
  /** Total bytes of the device; null when unknown. */
  totalBytes: number | null;
  /** mains, battery or unknown; a machine without a battery has mains. */
  power: string;
}

export const USER_MB = { min: 64, max: 16_384 };
export const AUTO_PART_OF_TOTAL = 0.72;
/** The cap when the total is unknown, and the chunk size to plan with when nothing is known about the device. */
export const UNKNOWN_MB = 512;
export const GENTLE_MB = 128;
/** Limits of the fraction of usable bytes, whatever the user requests. */
export const FRACTION = { min: 0.05, max: 0.9 };

/** Determines the cap, safe mode, fraction and reserve of a run. */
export function snapshotCap(options: VramOptions, machine: Machine): CapSnapshot {
  const reasons: BudgetReason[] = [];
  const battery = machine.power === 'battery';
  const safeMode = options.safeMode === 'on' || (options.safeMode === 'auto' && battery);
  const user = options.chunkMb !== 'auto' && Number.isFinite(options.chunkMb);

  let cap = user ? userCap(Number(options.chunkMb), reasons) : autoCap(machine.totalBytes, reasons);
  if (battery) cap = lower(cap, GENTLE_MB * MB, 'battery', reasons);
  else if (!user && safeMode) cap = lower(cap, GENTLE_MB * MB, 'safe_mode', reasons);
  const hardCap = atLeastZero(options.vramHardCapMb) * MB;
  if (hardCap > 0) cap = lower(cap, hardCap, 'hard_cap', reasons);

  const asked = safeMode ? options.vramSafeFraction : options.vramFraction;
  const frac = clampFraction(asked, safeMode);
  if (frac !== asked) reasons.push('fraction_clamped');
  return {
    capBytes: Math.floor(cap),
    user,
    safeMode,
    frac,
    reserveBytes: Math.floor(atLeastZero(options.vramReserveMb) * MB),
    reasons,
  };
}

function userCap(asked: number, reasons: BudgetReason[]): number {
  const mb = Math.min(Math.max(asked, USER_MB.min), USER_MB.max);
  if (mb !== asked) reasons.push('chunk_mb_clamped');
  return mb * MB;
}

function autoCap(total: number | null, reasons: BudgetReason[]): number {
  if (total !== null && Number.isFinite(total) && total > 0) return total * AUTO_PART_OF_TOTAL;
  reasons.push('total_unknown');
  return UNKNOWN_MB * MB;
}

function lower(cap: number, limit: number, reason: BudgetReason, reasons: BudgetReason[]): number {
  if (limit >= cap) return cap;
  reasons.push(reason);
  return limit;
}

function clampFraction(asked: number, safeMode: boolean): number {
  if (!Number.isFinite(asked)) return TABLE[safeMode ? 'vram-safe-fraction' : 'vram-fraction'].default;
  return Math.min(Math.max(asked, FRACTION.min), FRACTION.max);
}

function atLeastZero(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}
