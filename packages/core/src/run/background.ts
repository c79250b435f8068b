import { cpuBudget } from '../budget/host-budget.ts';
import type { MosaicOptions } from '../config/options.ts';
import type { BackgroundFacts, TileDamage } from '../device.ts';
import { asAppError, Exit, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import type { Prepared } from '../plan/prepare.ts';
import type { BackgroundReport } from '../report/report.ts';
import { kindsOf } from '../tiles/kind.ts';
import type { Tile } from '../tiles/tile.ts';

/** How tiles were matched, and which have rows that could not be read for it. */
export interface Matched {
  /** Null when it is not requested or there is nothing to compare. */
  report: BackgroundReport | null;
  damaged: TileDamage[];
}

/** Matches the levels of tiles where they overlap. */
export async function matchBackground(options: MosaicOptions, made: Prepared, emit: Emit): Promise<Matched> {
  const { matchBackground: model, matchGain: gain } = options;
  if ((model === 'none' && !gain) || made.tiles.length < 2) return { report: null, damaged: [] };
  let facts: BackgroundFacts;
  try {
    facts = await made.device.matchBackground({
      ...{ model, gain, ramBytes: cpuBudget(made.ram) },
      kinds: kindsOf(made.opened),
    });
  } catch (error) {
    throw asAppError(error, Exit.unexpected);
  }
  const report = reportOf(facts, { model, gain, tiles: made.opened });
  const spoken = facts.channels.flatMap((channel) => channel.notes);
  for (const message of new Set(spoken)) {
    emit({ event: 'warning', code: 'background', message: `matching the background: ${message}` });
  }
  const told = new Set<string>();
  for (const { tile, code, reason } of facts.contradictions) {
    const path = made.opened[tile]?.path ?? `tile ${tile}`;
    // A file may serve several channels.
    if (told.has(`${code} ${path}`)) continue;
    told.add(`${code} ${path}`);
    emit({ event: 'warning', code, message: lineOf({ path, reason }), path, reason });
  }
  emit({ event: 'background.done', ...report });
  return { report, damaged: facts.damaged };
}

interface Asked {
  model: string;
  gain: boolean;
  /** Numbered as in the engine. */
  tiles: readonly Tile[];
}

function reportOf(facts: BackgroundFacts, { model, gain, tiles }: Asked): BackgroundReport {
  return {
    model,
    gain,
    bytes_read: facts.bytesRead,
    ms: facts.ms,
    channels: facts.channels.map((channel) => ({
      pairs: channel.pairs,
      rms_before: channel.rmsBefore,
      rms_after: channel.rmsAfter,
      notes: channel.notes,
      tiles: channel.tiles.map((tile, at) => ({
        path: tiles[at]?.path ?? `tile ${at}`,
        hdu: tiles[at]?.hdu.index ?? 0,
        channel: tiles[at]?.spec.channel ?? null,
        group: channel.groups[at] ?? 0,
        gain: tile.gain,
        offset: tile.offset,
        slope_x: tile.slopeX,
        slope_y: tile.slopeY,
      })),
    })),
  };
}
