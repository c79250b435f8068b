import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { snapshotCap } from '../src/budget/cap.ts';
import { budgetOf, planHints, refreshBudget } from '../src/budget/policy.ts';
import { attemptChannel } from '../src/retry/attempt.ts';
import type { Fresh, Outcome } from '../src/retry/state.ts';
import { MB } from '../src/units.ts';
import { options } from './options.ts';
import { faults, ScriptedPort } from './scripted-port.ts';

const HEIGHT = 2000;
const DONE: Outcome = { kind: 'done' };
const OOM: Outcome = { kind: 'oom', asked: MB, free: null, total: null, at: 'windows' };

const freeBytes = fc.option(
  fc.nat(24_000).map((mb) => mb * MB),
  { nil: null },
);
const channels = fc.array(
  fc.record({
    free: freeBytes,
    later: fc.array(freeBytes, { minLength: 1, maxLength: 5 }),
    outcomes: fc.array(fc.constantFrom(DONE, DONE, OOM), { maxLength: 30 }),
    always: fc.constantFrom(DONE, OOM),
  }),
  { minLength: 1, maxLength: 4 },
);
const settings = fc.record({
  chunkMb: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 20_000 })),
  vramFraction: fc.double({ min: 0.01, max: 1, noNaN: true }),
  vramReserveMb: fc.nat(2000),
  vramHardCapMb: fc.nat(4000),
  safeMode: fc.constantFrom('auto' as const, 'on' as const, 'off' as const),
});

/** The policy and the loop together, as a channel joins them. */
test('property: whatever happens, no request of a run exceeds its cap or its channel budget', async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      freeBytes,
      fc.constantFrom('mains', 'battery'),
      channels,
      fc.integer({ min: 1, max: 4 * MB }),
      async (asked, total, power, run, perRow) => {
        const snapshot = snapshotCap(options(asked), { totalBytes: total, power });
        const hints = planHints(snapshot, run[0]?.free ?? null, HEIGHT);
        for (const { free, later, outcomes, always } of run) {
          const budget = refreshBudget(snapshot, free, HEIGHT, hints);
          const probes = later.map((bytes): Fresh | null => {
            const budgetBytes = budgetOf(snapshot, bytes);
            return bytes === null || budgetBytes === null ? null : { freeBytes: bytes, budgetBytes };
          });
          const job = {
            height: HEIGHT,
            limits: { bytes: budget.budgetBytes, rows: budget.rowsHint },
            rules: { oomRetry: true, cpuFallback: true },
          };
          const port = new ScriptedPort({ perRow, fixed: 0, outcomes, always, probes });
          const result = await attemptChannel(port, job);
          expect(faults(port.trace, job, result)).toEqual([]);
          for (const one of port.trace) {
            if (one.what !== 'try') continue;
            expect(one.chunk.maxBytes).toBeLessThanOrEqual(Math.min(snapshot.capBytes, budget.budgetBytes));
            if (power === 'battery') expect(one.chunk.maxBytes).toBeLessThanOrEqual(128 * MB);
            if (free !== null) expect(one.chunk.maxBytes).toBeLessThanOrEqual(free);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
