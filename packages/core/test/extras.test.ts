import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../src/event.ts';
import { Extras } from '../src/report/extras.ts';

const dir = mkdtempSync(join(tmpdir(), 'zemosaic-extras-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('a picture appears whole, and what is still drawn after a signal leaves nothing', async () => {
  const heard: RunEvent[] = [];
  let stopped = false;
  const extras = new Extras(false, { emit: (event) => heard.push(event), stop: () => (stopped ? 130 : null) });
  await extras.write(join(dir, 'a.png'), async (temporary) => writeFileSync(temporary, 'drawn'));
  expect([readdirSync(dir), readFileSync(join(dir, 'a.png'), 'utf8')]).toEqual([['a.png'], 'drawn']);

  let late: Promise<unknown> = Promise.resolve();
  await extras.write(join(dir, 'b.png'), async (temporary) => {
    stopped = true;
    late = Bun.sleep(200).then(() => writeFileSync(`${temporary}.part`, 'too late'));
    // A thread of the engine says nothing until it is done.
    await late.catch(() => {});
  });
  expect([extras.written.length, extras.failed]).toEqual([1, true]);
  expect(heard.map((event) => ('message' in event ? event.message : ''))).toEqual([
    `the mosaic is complete, but ${join(dir, 'b.png')} could not be written: stopped by signal`,
  ]);
  await expect(late).rejects.toThrow('ENOENT');
  expect(readdirSync(dir)).toEqual(['a.png']);
});

test.each(['a file', 'a link that leads nowhere'])(
  '%s that appears at the name while it is drawn stays',
  async (what) => {
    const extras = new Extras(false, { emit: () => {}, stop: () => null });
    const path = join(dir, `${what}.png`);
    await extras.write(path, async (temporary) => {
      writeFileSync(temporary, 'drawn');
      if (what === 'a file') writeFileSync(path, 'precious');
      else symlinkSync(join(dir, 'nowhere'), path);
    });
    expect([extras.written, extras.failed]).toEqual([[], true]);
    expect(what === 'a file' ? readFileSync(path, 'utf8') : readlinkSync(path)).toBe(
      what === 'a file' ? 'precious' : join(dir, 'nowhere'),
    );
    expect(readdirSync(dir).filter((name) => name.startsWith('.'))).toEqual([]);
  },
);
