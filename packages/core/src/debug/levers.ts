import { AppError, Exit } from '../error.ts';
import { MB } from '../units.ts';

/** The GPU memory that a channel is made to see, in bytes. */
export interface PretendedChannel {
  /** What the probe reports; null: the probe fails. */
  freeBytes: number | null;
  /** What the device allocator grants; null: all there is. */
  grantBytes: number | null;
}

export interface PretendedVram {
  /** Null when every probe fails. */
  totalBytes: number | null;
  /** One per channel; the last holds for all later channels, the first also for the start of the run. Never empty. */
  channels: readonly PretendedChannel[];
}

/** OOMs to inject. Null means any channel or any chunk. Both count from 0 here, and from 1 in the variable. */
export interface InjectedOom {
  channel: number | null;
  chunk: number | null;
  count: number;
}

/** Debug levers that make a GPU seem smaller than it is. Off unless their variables are set; the CPU ignores them. */
export interface DebugLevers {
  vram: PretendedVram | null;
  ooms: readonly InjectedOom[];
}

const POWERS = ['battery', 'mains'];

/**
 * The levers in force. ZEMOSAIC_PRETEND_POWER is only checked here; `powerOf` applies it.
 * @throws AppError exit 2 for a value that cannot be read: a mistyped lever would test nothing.
 */
export function readLevers(environment: Record<string, string | undefined>): DebugLevers {
  const vram = environment.ZEMOSAIC_PRETEND_VRAM_MB ?? '';
  const ooms = environment.ZEMOSAIC_INJECT_OOM ?? '';
  const power = environment.ZEMOSAIC_PRETEND_POWER ?? '';
  if (power !== '' && !POWERS.includes(power)) throw bad('ZEMOSAIC_PRETEND_POWER', power, POWERS.join(' or '));
  return { vram: vram === '' ? null : parsePretendedVram(vram), ooms: ooms === '' ? [] : parseInjectedOoms(ooms) };
}

/** `6000,1000:400,none`: per channel, the free MB that the probe reports and, after a colon, the MB actually granted. */
export function parsePretendedVram(text: string): PretendedVram {
  const entries = text.split(',').map((entry) => pretended(entry.trim(), text));
  const grants = entries.flatMap((entry) => (entry.grantBytes === null ? [] : [entry.grantBytes]));
  const probed = entries.flatMap((entry) => (entry.freeBytes === null ? [] : [entry.freeBytes]));
  const largest = grants.length === 0 ? null : Math.max(...grants);
  return {
    totalBytes: probed.length === 0 ? null : Math.max(...probed),
    channels: entries.map((entry) => (entry.freeBytes === null ? { ...entry, grantBytes: largest } : entry)),
  };
}

/** What channel `channel` sees; the start of the run sees the same as channel 0. */
export function pretendedFor(vram: PretendedVram, channel: number): PretendedChannel {
  return vram.channels[Math.min(channel, vram.channels.length - 1)] ?? { freeBytes: null, grantBytes: null };
}

/** `channel:chunk:count[,...]`, the first two from 1, or `*` for any. */
export function parseInjectedOoms(text: string): InjectedOom[] {
  return text.split(',').map((entry) => {
    const parts = entry.trim().split(':');
    const [channel, chunk, count] = parts;
    if (parts.length !== 3 || channel === undefined || chunk === undefined || !/^\d{1,9}$/.test(count ?? '')) {
      throw badOom(text);
    }
    return { channel: which(channel, text), chunk: which(chunk, text), count: Number(count) };
  });
}

/** How many of this chunk's first attempts are to fail; a retry keeps its chunk's number. */
export function oomsFor(ooms: readonly InjectedOom[], channel: number, chunk: number): number {
  const meant = ooms.filter((one) => (one.channel ?? channel) === channel && (one.chunk ?? chunk) === chunk);
  return meant.reduce((sum, one) => sum + one.count, 0);
}

function pretended(entry: string, text: string): PretendedChannel {
  if (entry === 'none') return { freeBytes: null, grantBytes: null };
  const parts = entry.split(':');
  const [free, grant = free] = parts;
  if (parts.length > 2 || free === undefined || grant === undefined) throw badVram(text);
  return { freeBytes: megabytes(free, text), grantBytes: megabytes(grant, text) };
}

function megabytes(word: string, text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(word)) throw badVram(text);
  return Math.floor(Number(word) * MB);
}

function which(word: string, text: string): number | null {
  if (word === '*') return null;
  if (!/^[1-9]\d{0,8}$/.test(word)) throw badOom(text);
  return Number(word) - 1;
}

function badVram(text: string): AppError {
  return bad('ZEMOSAIC_PRETEND_VRAM_MB', text, 'megabytes per channel, such as 6000,1000:400,none');
}

function badOom(text: string): AppError {
  return bad('ZEMOSAIC_INJECT_OOM', text, 'channel:chunk:count from 1, such as 1:2:1,*:*:3');
}

function bad(name: string, text: string, allowed: string): AppError {
  return new AppError(
    Exit.usage,
    'bad_lever',
    `${name} ${JSON.stringify(text)} is not valid: expected ${allowed}; correct or unset it`,
  );
}
