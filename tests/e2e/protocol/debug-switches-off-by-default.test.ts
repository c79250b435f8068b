import { beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zemosaic } from '../program.ts';
import { gpus, onGpu, ready, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

const report = () => JSON.parse(readFileSync(join(dir, 'switches.report.json'), 'utf8'));

describe.each(gpus)('7. debug switches on $name', (gpu) => {
  test('without them: none is in force, no retry, and the device’s real memory', async () => {
    const ran = await onGpu(gpu, dir, 'switches.fits', {}, ['--report']);
    expect(ran.exit).toBe(0);
    expect(report().debug_variables).toEqual({});
    expect(ran.err).not.toContain('OOM');
    // Mesa's software driver does not report its memory.
    if (gpu.name === 'cuda') expect(ran.err).toContain('free_vram_mb=8192.0');
  });

  test('if set, they are in the report and in the output of doctor', async () => {
    const levers = { ZEMOSAIC_PRETEND_VRAM_MB: '700', ZEMOSAIC_INJECT_OOM: '1:1:1' };
    await onGpu(gpu, dir, 'switches.fits', levers, ['--report']);
    expect(report().debug_variables).toEqual(levers);
    expect(report().channels[0]).toMatchObject({ free_vram_mb: 700, retries: 1 });
    const doctor = await zemosaic(['doctor'], { ...gpu.environment, ...levers });
    expect(doctor.out).toContain('ZEMOSAIC_PRETEND_VRAM_MB=700');
  });

  test.each([
    ['ZEMOSAIC_PRETEND_VRAM_MB', 'plenty'],
    ['ZEMOSAIC_INJECT_OOM', '0:1:1'],
    ['ZEMOSAIC_PRETEND_POWER', 'wind'],
  ])('%s=%s is refused: exit 2', async (name, value) => {
    const ran = await onGpu(gpu, dir, 'switches.fits', { [name]: value });
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain(name);
  });
});
