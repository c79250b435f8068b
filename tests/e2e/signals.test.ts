import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { sky, writeFits } from './fits.ts';
import { filesIn, remove, start, temporary, zemosaic } from './program.ts';

let dir = '';
let tile = '';
beforeAll(() => {
  dir = temporary();
  tile = writeFits(join(dir, 'a.fits'), {
    width: 3000,
    height: 3000,
    cards: sky(3000, 3000, [40, 50], 1, 30),
    value: (x, y) => x + y,
  });
});
afterAll(() => remove(dir));

const argv = (out: string) => ['mosaic', tile, '-o', join(dir, out), '--json', '--chunk-rows', '1'];

/** Starts a run of thousands of chunks and waits for the first of them. */
async function begun(out: string) {
  const child = start(argv(out));
  const reader = child.stdout.getReader();
  let text = '';
  while (!text.includes('"chunk.done"')) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended before the first chunk: ${text}`);
    text += new TextDecoder().decode(value);
  }
  const drain = (async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      text += new TextDecoder().decode(next.value);
    return text;
  })();
  return { child, drain };
}

describe('signals', () => {
  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} ends after the chunk with exit ${exit} and leaves nothing`, async () => {
      const { child, drain } = await begun(`${signal}.fits`);
      child.kill(signal);
      expect(await child.exited).toBe(exit);
      expect((await drain).trimEnd().split('\n').at(-1)).toContain('"run.failed"');
      expect(filesIn(dir).filter((path) => path !== tile)).toEqual([]);
    });
  }

  test('twice ends at once, and leaves nothing either', async () => {
    const { child, drain } = await begun('twice.fits');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await child.exited).toBe(130);
    await drain;
    expect(filesIn(dir).filter((path) => path !== tile)).toEqual([]);
  });

  test('a second run on the same output is told that it is locked: exit 5', async () => {
    const { child, drain } = await begun('locked.fits');
    const second = await zemosaic(argv('locked.fits'));
    child.kill('SIGTERM');
    await child.exited;
    await drain;
    expect(second.exit).toBe(5);
    expect(second.events.at(-1)).toMatchObject({ event: 'run.failed', code: 'locked' });
  });
});
