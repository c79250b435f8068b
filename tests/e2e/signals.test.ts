import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sky, writeFits } from './fits.ts';
import { events, filesIn, named, remove, start, temporary, zemosaic } from './program.ts';

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
beforeAll(() => {
  mkdirSync(join(dir, 'more'));
  copyFileSync(tile, join(dir, 'more', 'b.fits'));
});

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
    test(`${signal} ends after the chunk with exit ${exit}; the same command resumes from there`, async () => {
      const out = `${signal}.fits`;
      const { child, drain } = await begun(out);
      child.kill(signal);
      expect(await child.exited).toBe(exit);
      const last = events(await drain).at(-1);
      expect(last).toMatchObject({ event: 'run.failed', code: 'stopped' });
      expect(last?.message).toContain('the same command resumes');
      expect(filesIn(dir).map((path) => basename(path))).toEqual([
        `.${out}.partial`,
        `${out}.zemosaic-journal`,
        'a.fits',
      ]);
      const again = await zemosaic([...argv(out), '--chunk-rows', '500']);
      expect(again.exit).toBe(0);
      expect(named(again, 'info').map(({ code }) => code)).toContain('resumed');
      expect(filesIn(dir).map((path) => basename(path))).toEqual([out, 'a.fits']);
      remove(join(dir, out));
    });
  }

  test('twice ends immediately, and keeps the finished chunks too', async () => {
    const { child, drain } = await begun('twice.fits');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await child.exited).toBe(130);
    await drain;
    expect(existsSync(join(dir, 'twice.fits'))).toBe(false);
    const again = await zemosaic([...argv('twice.fits'), '--chunk-rows', '500']);
    expect(again.exit).toBe(0);
    expect(named(again, 'info').map(({ code }) => code)).toContain('resumed');
  });

  test('a second run on the same output learns which process writes it: exit 5', async () => {
    const { child, drain } = await begun('locked.fits');
    const second = await zemosaic(argv('locked.fits'));
    // Made of other tiles, it would start over, but says so only if it does.
    const other = await zemosaic(['mosaic', tile, join(dir, 'more', 'b.fits'), ...argv('locked.fits').slice(2)]);
    child.kill('SIGTERM');
    await child.exited;
    await drain;
    for (const ran of [second, other]) {
      expect(ran.exit).toBe(5);
      expect(ran.events.at(-1)).toMatchObject({ event: 'run.failed', code: 'locked' });
      expect(ran.events.at(-1)?.message).toContain(`process ${child.pid} `);
      expect(named(ran, 'warning').map(({ code }) => code)).not.toContain('journal_ignored');
    }
  });

  for (const signals of [['SIGTERM'], ['SIGINT', 'SIGTERM']] satisfies NodeJS.Signals[][]) {
    test(`${signals} while pictures are drawn: the mosaic is complete and named, exit 8, nothing else is left`, async () => {
      const folder = join(dir, `drawn-${signals.length}`);
      const out = join(folder, 'm.fits');
      const temp = join(folder, 'temp');
      mkdirSync(temp, { recursive: true });
      const large = ['--scale', '0.4', '--preview', '--report', '--no-sync', '--json'];
      const child = start(['mosaic', tile, '-o', out, ...large], { TMPDIR: temp });
      const text = new Response(child.stdout).text();
      // The journal goes when the run knows that its mosaic is in its place.
      const drawing = () => existsSync(out) && !existsSync(`${out}.zemosaic-journal`);
      while (!drawing() && child.exitCode === null) await Bun.sleep(2);
      for (const signal of signals) child.kill(signal);
      const [exit, heard] = [await child.exited, events(await text)];
      expect(exit).toBe(8);
      const told = heard.map(({ message }) => String(message)).join('\n');
      if (signals.length === 1) {
        expect(heard.at(-1)).toMatchObject({ event: 'run.done', outputs: [out] });
        expect(told).toContain(
          `the mosaic is complete, but ${join(folder, 'm.report.html')} could not be written: stopped`,
        );
      } else expect(told).toContain(`stopped by signal; ${out} is complete, but what goes with it is not`);
      expect([readdirSync(folder).sort(), readdirSync(temp)]).toEqual([['m.fits', 'temp'], []]);
    });
  }
});
