import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { WgpuAdapter } from '../src/device.ts';
import type { RunEvent } from '../src/event.ts';
import { MB } from '../src/units.ts';
import { file, hdu } from './fake-facts.ts';
import { of, type Trial, trial } from './trial.ts';

/** So small that no context pays, and so large that the smallest card does. */
const SMALL = 100;
const LARGE = 20_000;

/** A machine with `gpus` CUDA devices and one tile of `side` x `side`. */
function machine(side: number, gpus = 1): Trial {
  const made = trial('a.fits');
  const path = join(made.dir, 'a.fits');
  const { script } = made.fake;
  script.facts.set(path, file(path, [hdu({ width: side, height: side, axes: [side, side] })]));
  script.grid = { width: side, height: side };
  script.gpus = gpus;
  script.onProbe = () => ({ free: 6000 * MB, total: 8192 * MB });
  const { run } = made;
  made.run = (more = {}) => run({ kernel: 'lanczos4', threads: 1, force: true, ...more });
  return made;
}

const adapter: WgpuAdapter = {
  index: 0,
  name: 'a card',
  api: 'vulkan',
  driver: '1',
  software: false,
  discrete: true,
  maxBuffer: 2 ** 32,
  maxBinding: 2 ** 32,
};

const messages = (events: RunEvent[], code: string) =>
  events.flatMap((event) => ('code' in event && event.code === code && 'message' in event ? [event.message] : []));

/** A large job without CUDA, and one adapter. */
function withAdapter(more: Partial<WgpuAdapter> = {}): Trial {
  const made = machine(LARGE, 0);
  made.fake.engine.wgpuFacts = async () => ({ adapters: [{ ...adapter, ...more }] });
  return made;
}

describe('auto', () => {
  test('without a GPU is the CPU, silently', async () => {
    const made = machine(LARGE, 0);
    expect(await made.run()).toBe(0);
    expect(made.fake.asked).toMatchObject({ backend: 'cpu', probes: 0, levers: [] });
    expect(of(made.events, 'plan')).toMatchObject([{ backend: 'cpu', expected_s: null, free_vram_mb: null }]);
    expect(made.events.filter(({ event }) => event === 'info' || event === 'warning')).toEqual([]);
  });

  test('leaves a small mosaic to the CPU; one line says both estimates and the free memory of the card', async () => {
    const made = machine(SMALL);
    expect(await made.run()).toBe(0);
    expect(made.fake.asked).toMatchObject({ backend: 'cpu', probes: 0 });
    const line = /^backend=cpu: about 0\.\d+ s; cuda about 0\.\d+ s; free_vram_mb=8192\.0$/;
    expect(messages(made.events, 'backend')).toEqual([expect.stringMatching(line)]);
    const [plan] = of(made.events, 'plan');
    expect(plan).toMatchObject({ backend: 'cpu', free_vram_mb: 8192 });
    expect(plan?.expected_s?.cpu).toBeLessThan(plan?.expected_s?.cuda ?? 0);
  });

  test('takes CUDA where it is expected to be first', async () => {
    const made = machine(LARGE);
    expect(await made.run()).toBe(0);
    expect(made.fake.asked.backend).toBe('cuda');
    const line = /^backend=cuda: about \d+(\.\d)? s; cpu about \d+(\.\d)? s$/;
    expect(messages(made.events, 'backend')).toEqual([expect.stringMatching(line)]);
    expect(of(made.events, 'plan')).toMatchObject([{ backend: 'cuda', free_vram_mb: null }]);
  });

  test('a device that is asked for by number is the one whose memory is told', async () => {
    const made = machine(SMALL, 3);
    const asked: unknown[] = [];
    const { cudaFacts } = made.fake.engine;
    made.fake.engine.cudaFacts = (...args) => {
      asked.push(args);
      return cudaFacts(...args);
    };
    await made.run({ device: 2 });
    expect(asked).toEqual([
      [true, 2],
      [true, 2],
    ]);
  });

  test.each([
    ['300.5:100,6000', 'free_vram_mb=300.5'],
    ['none', 'free_vram_mb=n/a'],
  ])('a pretended memory of %s is what the line tells', async (lever, tells) => {
    const made = machine(SMALL);
    made.environment = { ZEMOSAIC_PRETEND_VRAM_MB: lever };
    await made.run();
    expect(messages(made.events, 'backend')[0]).toEndWith(tells);
  });

  test('reproject keeps the line to --debug', async () => {
    const made = machine(SMALL);
    made.command = 'reproject';
    await made.run();
    expect(made.events.filter(({ event }) => event === 'info')).toEqual([]);
    expect(made.events.filter(({ event }) => event === 'debug')).toMatchObject([{ code: 'backend' }]);
  });

  test('compares wgpu where there is no CUDA', async () => {
    const made = withAdapter();
    expect(await made.run()).toBe(0);
    expect(made.fake.asked.backend).toBe('wgpu');
    expect(messages(made.events, 'backend')[0]).toMatch(/^backend=wgpu: about .* s; cpu about .* s$/);
  });

  test('graphics inside the processor have to do without memory of their own', async () => {
    const card = withAdapter();
    await card.run({ threads: 2 });
    expect(card.fake.asked.backend).toBe('wgpu');
    const made = withAdapter({ discrete: false });
    await made.run({ threads: 2 });
    expect(messages(made.events, 'backend')[0]).toMatch(/^backend=cpu: about .* s; wgpu about .* s$/);
  });

  test('never takes a software adapter, nor wgpu for what is to be reproduced', async () => {
    const software = withAdapter({ software: true, discrete: false });
    await software.run();
    const reproducible = withAdapter();
    await reproducible.run({ reproducible: true });
    for (const { fake, events } of [software, reproducible]) {
      expect(fake.asked.backend).toBe('cpu');
      expect(messages(events, 'backend')).toEqual([]);
    }
  });

  test('turns to wgpu if CUDA cannot be opened and wgpu is expected before the CPU', async () => {
    const made = machine(LARGE);
    const { engine } = made.fake;
    const open = engine.openDevice;
    engine.openDevice = (...args) => (args[3] === 'cuda' ? Promise.reject(new Error('full')) : open(...args));
    engine.wgpuFacts = async () => ({ adapters: [adapter] });
    expect(await made.run({ noCpuFallback: true })).toBe(0);
    expect(made.fake.asked.backend).toBe('wgpu');
    expect(of(made.events, 'backend.fallback')).toMatchObject([{ from: 'cuda', to: 'wgpu', reason: 'full' }]);
    expect(messages(made.events, 'backend_missing')).toEqual(['full; using wgpu']);
    await made.run({ reproducible: true });
    expect(made.fake.asked.backend).toBe('cpu');
    expect(messages(made.events, 'backend_missing').at(-1)).toBe('full; using the CPU');
  });

  test('leaves a kernel without a GPU version to the CPU', async () => {
    const made = machine(LARGE);
    await made.run({ kernel: 'exact' });
    expect(made.fake.asked.backend).toBe('cpu');
  });
});

describe('a backend that is named is used without a model', () => {
  test('cuda', async () => {
    const made = machine(SMALL);
    expect(await made.run({ backend: 'cuda' })).toBe(0);
    expect(made.fake.asked.backend).toBe('cuda');
    expect(messages(made.events, 'backend')).toEqual([]);
    expect(of(made.events, 'plan')).toMatchObject([{ backend: 'cuda', expected_s: null }]);
  });

  test('cuda that is not available: one warning with the reason, or exit 6', async () => {
    const made = machine(SMALL, 0);
    expect(await made.run({ backend: 'cuda' })).toBe(0);
    expect(messages(made.events, 'backend_missing')).toEqual(['no NVIDIA driver; using the CPU']);
    await expect(made.run({ backend: 'cuda', noCpuFallback: true })).rejects.toMatchObject({ exit: 6 });
  });

  test('cuda that cannot be opened counts as not available; only `gpu` turns to wgpu', async () => {
    const made = machine(SMALL);
    const { engine } = made.fake;
    const open = engine.openDevice;
    engine.openDevice = (...args) => (args[3] === 'cuda' ? Promise.reject(new Error('busy')) : open(...args));
    engine.wgpuFacts = async () => ({ adapters: [adapter] });
    expect(await made.run({ backend: 'cuda' })).toBe(0);
    expect(made.fake.asked.backend).toBe('cpu');
    expect(await made.run({ backend: 'gpu' })).toBe(0);
    expect(made.fake.asked.backend).toBe('wgpu');
    expect(messages(made.events, 'backend_missing')).toEqual(['busy; using the CPU', 'busy; using wgpu']);
  });

  test('gpu is CUDA, else a hardware adapter, else the CPU with a warning', async () => {
    const made = machine(SMALL);
    await made.run({ backend: 'gpu' });
    expect(made.fake.asked.backend).toBe('cuda');
    made.fake.script.gpus = 0;
    made.fake.engine.wgpuFacts = async () => ({ adapters: [adapter] });
    await made.run({ backend: 'gpu' });
    expect(made.fake.asked.backend).toBe('wgpu');
    made.fake.engine.wgpuFacts = async () => ({ adapters: [{ ...adapter, software: true }] });
    await made.run({ backend: 'gpu' });
    expect(made.fake.asked.backend).toBe('cpu');
    expect(messages(made.events, 'backend_missing')).toEqual(['no NVIDIA driver; using the CPU']);
    expect(messages(made.events, 'backend')).toEqual([]);
  });
});
