import { describe, expect, test } from 'bun:test';
import { oomsFor, parseInjectedOoms, parsePretendedVram, pretendedFor, readLevers } from '../src/debug/levers.ts';
import { AppError, Exit } from '../src/error.ts';
import { MB } from '../src/units.ts';

function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('debug levers', () => {
  test('off by default', () => {
    const off = { vram: null, ooms: [] };
    expect(readLevers({})).toEqual(off);
    expect(readLevers({ ZEMOSAIC_PRETEND_VRAM_MB: '', ZEMOSAIC_INJECT_OOM: '', ZEMOSAIC_PRETEND_POWER: '' })).toEqual(
      off,
    );
    expect(readLevers({ ZEMOSAIC_PRETEND_POWER: 'battery' })).toEqual(off);
  });

  test('pretended VRAM: an entry per channel, the last repeats', () => {
    const vram = parsePretendedVram('6000, 1000:400 ,none');
    expect(vram.totalBytes).toBe(6000 * MB);
    expect([0, 1, 2, 8].map((channel) => pretendedFor(vram, channel))).toEqual([
      { freeBytes: 6000 * MB, grantBytes: 6000 * MB },
      { freeBytes: 1000 * MB, grantBytes: 400 * MB },
      { freeBytes: null, grantBytes: 6000 * MB },
      { freeBytes: null, grantBytes: 6000 * MB },
    ]);
  });

  test('all probes fail: no total, and the device grants what it has', () => {
    const vram = parsePretendedVram('none');
    expect(vram).toEqual({ totalBytes: null, channels: [{ freeBytes: null, grantBytes: null }] });
  });

  test('0 is a measurement, parts of a megabyte count', () => {
    expect(parsePretendedVram('0,0.5').channels.map((one) => one.freeBytes)).toEqual([0, MB / 2]);
  });

  test('injected OOMs: per channel and chunk', () => {
    const ooms = parseInjectedOoms('1:2:1,*:3:2,2:*:5');
    expect(oomsFor(ooms, 0, 0)).toBe(0);
    expect(oomsFor(ooms, 0, 1)).toBe(1);
    expect(oomsFor(ooms, 0, 2)).toBe(2);
    expect(oomsFor(ooms, 1, 0)).toBe(5);
    expect(oomsFor(ooms, 1, 2)).toBe(7);
  });

  test.each(['x', '-1', '1e3', '1:2:3', '1,,2', ':', '1:', 'none:5', 'NaN', 'Infinity', '1 2', '9'.repeat(30)])(
    'ZEMOSAIC_PRETEND_VRAM_MB=%s is refused',
    (text) => {
      const error = refusal(() => readLevers({ ZEMOSAIC_PRETEND_VRAM_MB: text }));
      expect([error.exit, error.code]).toEqual([Exit.usage, 'bad_lever']);
      expect(error.message).toContain('ZEMOSAIC_PRETEND_VRAM_MB');
    },
  );

  test.each(['1', '1:2', '0:1:1', '1:0:1', '1:1:*', '1:1:-1', '1:1:1:1', 'a:1:1', '1:1:1,', '1.5:1:1'])(
    'ZEMOSAIC_INJECT_OOM=%s is refused',
    (text) => {
      expect(refusal(() => readLevers({ ZEMOSAIC_INJECT_OOM: text })).message).toContain('ZEMOSAIC_INJECT_OOM');
    },
  );

  test('ZEMOSAIC_PRETEND_POWER is battery or mains', () => {
    expect(refusal(() => readLevers({ ZEMOSAIC_PRETEND_POWER: 'solar' })).message).toContain('battery or mains');
  });
});
