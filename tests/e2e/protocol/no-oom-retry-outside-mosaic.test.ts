import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type Ran, sha256, zemosaic } from '../program.ts';
import { gpus, lines, REFRESH, ready, tilesOf, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.each(gpus)('8. other users of the engine on $name', (gpu) => {
  const reproject = (out: string, environment: Record<string, string>, more: string[] = []): Promise<Ran> => {
    const [first = '', second = ''] = tilesOf(dir);
    const argv = ['reproject', first, '--like', second, '-o', join(dir, out), '--force', '--reproducible', ...more];
    return zemosaic([...argv, '--backend', gpu.name], { ...gpu.environment, ...environment });
  };

  test('reproject has one attempt, then the CPU: no retry, no refresh line, the same bytes', async () => {
    const plain = await reproject('plain.fits', {});
    expect(plain.exit).toBe(0);
    expect(lines(plain, REFRESH)).toEqual([]);
    const levers = { ZEMOSAIC_INJECT_OOM: '*:*:1', ZEMOSAIC_PRETEND_VRAM_MB: '500' };
    const pressed = await reproject('pressed.fits', levers);
    expect(pressed.exit).toBe(0);
    expect(pressed.err).not.toContain('OOM retry');
    expect(lines(pressed, REFRESH)).toEqual([]);
    expect(lines(pressed, 'fallback CPU')).toHaveLength(3);
    expect(await sha256(join(dir, 'pressed.fits'))).toBe(await sha256(join(dir, 'plain.fits')));
  });

  test('its policy is shown only with --debug', async () => {
    const ran = await reproject('debug.fits', {}, ['--debug']);
    // The refresh, or the line that the driver does not report its memory.
    expect(lines(ran, 'VRAM')).toHaveLength(3);
  });
});
