import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindsOf } from '../src/tiles/kind.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu } from './fake-facts.ts';
import { of, trial } from './trial.ts';

test('matching comes before the output is laid out, and is reported as event, warning, in HISTORY and in the report', async () => {
  const { fake, dir, events, run } = trial('a.fits', 'b.fits');
  const order: string[] = [];
  const open = fake.engine.openDevice;
  fake.engine.openDevice = async (...args) => {
    const device = await open(...args);
    return {
      ...device,
      matchBackground: (options) => {
        order.push('match');
        return device.matchBackground(options);
      },
      createOutput: (output) => {
        order.push('output');
        return device.createOutput(output);
      },
    };
  };
  await run({ matchBackground: 'offset', report: true });
  expect(order).toEqual(['match', 'output']);
  expect(fake.asked.matches).toMatchObject([{ model: 'offset', gain: false, kinds: [0, 0] }]);
  expect(fake.asked.matches[0]?.ramBytes).toBeGreaterThan(1e6);
  const reason = 'its values are 12 times those of its neighbours';
  expect(of(events, 'warning')).toMatchObject([
    { code: 'background', message: expect.stringContaining('a note') },
    { code: 'tile_gain', message: `${join(dir, 'b.fits')}: ${reason}`, path: join(dir, 'b.fits'), reason },
  ]);
  const [done] = of(events, 'background.done');
  expect(done).toMatchObject({ model: 'offset', channels: [{ pairs: 1, rms_before: 2, rms_after: 0.5 }] });
  const tiles = [
    { path: join(dir, 'a.fits'), hdu: 0, offset: 0 },
    { path: join(dir, 'b.fits'), hdu: 0, offset: 1 },
  ];
  expect(done?.channels[0]?.tiles).toMatchObject(tiles);
  const report = JSON.parse(readFileSync(join(dir, 'm.report.json'), 'utf8'));
  expect(report.background.channels[0].tiles).toMatchObject(tiles);
  const history = fake.asked.output?.cards.filter(({ key }) => key === 'HISTORY').map(({ value }) => value);
  expect(history?.slice(-2)).toEqual(['tile a.fits', 'tile b.fits offset=1.000000']);
});

test('nothing is compared if nothing is requested, or if only one tile is left', async () => {
  const none = trial('a.fits', 'b.fits');
  await none.run({ matchBackground: 'none', report: true });
  const alone = trial('a.fits');
  await alone.run({ matchBackground: 'plane', matchGain: true });
  expect([...none.fake.asked.matches, ...alone.fake.asked.matches]).toEqual([]);
  expect(JSON.parse(readFileSync(join(none.dir, 'm.report.json'), 'utf8')).background).toBeNull();
  const gain = trial('a.fits', 'b.fits');
  await gain.run({ matchBackground: 'none', matchGain: true });
  expect(gain.fake.asked.matches).toMatchObject([{ model: 'none', gain: true }]);
});

test('stars of other filters and units are not compared', () => {
  const tile = (keywords: Record<string, string>) => ({ hdu: hdu({ keywords }) }) as unknown as Tile;
  const tiles = [{ FILTER: 'g' }, { FILTER: 'r' }, { BAND: 'g' }, { FILTER: 'g', BUNIT: 'Jy' }, {}, { FILTER: 'r' }];
  expect(kindsOf(tiles.map((keywords) => tile(keywords as Record<string, string>)))).toEqual([0, 1, 0, 2, 3, 1]);
});
