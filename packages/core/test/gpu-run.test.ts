import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ChunkOutcome, ChunkRequest, DeviceMemory } from '../src/device.ts';
import type { RunEvent } from '../src/event.ts';
import { MB } from '../src/units.ts';
import { file, hdu } from './fake-facts.ts';
import { of, type Trial, trial } from './trial.ts';

const HEIGHT = 1000;
const TOTAL = 8192 * MB;
const free = (mb: number): DeviceMemory => ({ free: mb * MB, total: TOTAL });
const OOM: Partial<ChunkOutcome> = { kind: 'oom', asked: 5 * MB, free: MB, total: TOTAL, at: 'windows' };

/** A machine with one GPU and one colour tile, which `auto` would leave to the CPU. */
function onGpu(probe: (count: number) => DeviceMemory | null = () => free(6000)): Trial {
  const made = trial('a.fits');
  const path = join(made.dir, 'a.fits');
  made.fake.script.facts.set(path, file(path, [hdu({ planes: 3, axes: [100, 80, 3] })]));
  made.fake.script.gpus = 1;
  made.fake.script.onProbe = probe;
  const { run } = made;
  made.run = (more = {}) => run({ backend: 'cuda', ...more });
  return made;
}

/** Most device bytes of a chunk; 0 on the CPU. */
const bytesOf = ({ on }: ChunkRequest) => (on.processor === 'device' ? on.maxBytes : 0);
const onDevice = (chunks: ChunkRequest[]) => chunks.filter(({ on }) => on.processor === 'device');

describe('a run on a GPU', () => {
  test('channel by channel, each after its own probe, with its own budget', async () => {
    const made = onGpu((count) => free([1000, 1000, 6000, 6000][count - 1] ?? 0));
    expect(await made.run()).toBe(0);
    expect(made.fake.asked).toMatchObject({ backend: 'cuda', probes: 4, reclaims: 0, injected: [] });
    expect(made.fake.asked.chunks).toEqual(
      [450, 2700, 2700].map((budget, channel) => ({
        on: { processor: 'device' as const, maxBytes: budget * MB },
        channel,
        channels: 1,
        row0: 0,
        rows: HEIGHT,
      })),
    );
    expect(of(made.events, 'channel.refresh').map((event) => event.budget_mb)).toEqual([450, 2700, 2700]);
  });

  test('the plan and the cap come from the first probe', async () => {
    const made = onGpu(() => free(1000));
    await made.run();
    expect(of(made.events, 'plan')).toMatchObject([
      { backend: 'cuda', cap_mb: Math.floor(0.72 * TOTAL) / MB, chunks: 1, channels: 3 },
    ]);
  });

  test('a lost device: its channel continues and later ones begin on the CPU', async () => {
    const made = onGpu();
    made.fake.script.onChunk = ({ on }) => (on.processor === 'device' ? { kind: 'device_lost', message: 'gone' } : {});
    expect(await made.run()).toBe(0);
    expect(onDevice(made.fake.asked.chunks)).toHaveLength(1);
    expect(of(made.events, 'backend.fallback')).toMatchObject([{ reason: 'device_lost', channel: 1, row0: 0 }]);
    expect(of(made.events, 'channel.done').map((event) => event.backend)).toEqual(['cuda', 'cpu', 'cpu']);
    expect(of(made.events, 'channel.refresh')).toHaveLength(1);
  });

  test('if the CPU fails too: exit 6, and nothing is left', async () => {
    const made = onGpu();
    made.fake.script.onChunk = () => ({ kind: 'failed', message: 'both broken' });
    await expect(made.run()).rejects.toMatchObject({ exit: 6, message: expect.stringContaining('both broken') });
    expect(made.fake.asked.finished).toBe(0);
  });

  test('a full disk is not a failure of the device: exit 5 immediately', async () => {
    const made = onGpu();
    made.fake.script.onChunk = () => {
      throw Object.assign(new Error('disk full'), { code: 'no_space' });
    };
    await expect(made.run()).rejects.toMatchObject({ code: 'no_space' });
    expect(made.fake.asked.chunks).toHaveLength(1);
  });

  test('a stop between chunks ends it', async () => {
    const made = onGpu();
    made.fake.script.onChunk = () => {
      made.stop = 130;
      return {};
    };
    await expect(made.run({ chunkRows: 100 })).rejects.toMatchObject({ exit: 130 });
    expect(made.fake.asked.chunks).toHaveLength(1);
  });

  test('reproject has one attempt, and keeps its policy to --debug', async () => {
    const made = onGpu();
    made.command = 'reproject';
    made.fake.script.onChunk = ({ on }) => (on.processor === 'device' ? OOM : {});
    expect(await made.run()).toBe(0);
    expect(onDevice(made.fake.asked.chunks)).toHaveLength(3);
    expect(of(made.events, 'oom.retry')).toEqual([]);
    expect(of(made.events, 'info')).toEqual([]);
    expect(of(made.events, 'debug')).toHaveLength(3);
  });

  test('levers reach the device before the probe that they concern; without levers nothing does', async () => {
    const made = onGpu();
    made.environment = { ZEMOSAIC_PRETEND_VRAM_MB: '6000:60,none', ZEMOSAIC_INJECT_OOM: '2:1:1' };
    await made.run();
    const memory = { free: 6000 * MB, total: 6000 * MB };
    const seen = { noProbe: false, grant: 60 * MB, memory };
    const blind = { noProbe: true, grant: 60 * MB };
    expect(made.fake.asked.levers).toEqual([seen, seen, blind, blind]);
    expect(made.fake.asked.injected).toEqual([0, 1, 0]);
  });
});

describe('property: any probes and outcomes', () => {
  const kinds = ['done', 'done', 'done', 'oom', 'oom', 'too_big_ever', 'device_lost', 'failed'] as const;
  const script = fc.record({
    probes: fc.array(fc.option(fc.integer({ min: 0, max: 40 })), { minLength: 1, maxLength: 8 }),
    outcomes: fc.array(fc.constantFrom(...kinds), { maxLength: 25 }),
    hardCap: fc.constantFrom(0, 3, 8),
    fallback: fc.boolean(),
  });

  test('every row of every channel once, never above budget or cap, and the log matches the requests', async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ probes, outcomes, hardCap, fallback }) => {
        const made = onGpu((count) => {
          const mb = probes[(count - 1) % probes.length];
          return mb === null || mb === undefined ? null : free(mb);
        });
        // Rows are large enough that budgets of a few MB make several chunks.
        made.fake.script.grid = { width: 4000 };
        let tries = 0;
        const asked: [ChunkRequest, boolean][] = [];
        made.fake.script.onChunk = (request) => {
          const kind =
            request.on.processor === 'device' ? (outcomes[tries++ % Math.max(1, outcomes.length)] ?? 'done') : 'done';
          asked.push([request, kind === 'done']);
          return kind === 'oom' ? OOM : { kind };
        };
        const exit = await made.run({ vramHardCapMb: hardCap, noCpuFallback: !fallback }).catch((error) => error.exit);
        expect(exit).toBe(exit === 6 && !fallback ? 6 : 0);
        check(made.events, asked, exit === 0);
      }),
      { numRuns: 150 },
    );
  });

  /** `chunks`: what the device and the CPU were asked to make, and whether it was made. */
  function check(events: RunEvent[], chunks: [ChunkRequest, boolean][], complete: boolean): void {
    const cap = (of(events, 'plan')[0]?.cap_mb ?? 0) * MB;
    const next = [0, 0, 0];
    for (const [request, made] of chunks) {
      const { channel, row0, rows, on } = request;
      const maxBytes = bytesOf(request);
      expect(row0).toBe(next[channel] ?? Number.NaN);
      if (made) next[channel] = row0 + rows;
      const refresh = of(events, 'channel.refresh').find((event) => event.channel === channel + 1);
      if (on.processor === 'device')
        expect(maxBytes).toBeLessThanOrEqual(refresh === undefined ? cap : refresh.budget_mb * MB);
      expect(maxBytes).toBeLessThanOrEqual(cap);
    }
    if (complete) expect(next).toEqual([HEIGHT, HEIGHT, HEIGHT]);
    for (const retry of of(events, 'oom.retry')) {
      const asked = chunks.some(([chunk]) => chunk.rows === retry.rows && bytesOf(chunk) / MB === retry.max_chunk_mb);
      expect(asked).toBe(true);
    }
    for (const done of of(events, 'channel.done')) {
      const mine = chunks.filter(([{ channel }, made]) => made && channel === done.channel - 1);
      expect(done).toMatchObject({ chunks: mine.length, rows_done: HEIGHT });
      expect(done.attempts).toBeLessThanOrEqual(5 * (mine.length + 1) + 10);
    }
  }
});
