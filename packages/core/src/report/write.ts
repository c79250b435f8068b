import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../device.ts';
import type { Prepared } from '../plan/prepare.ts';
import { printableJson } from '../printable.ts';
import { removedAfter } from '../removed-after.ts';
import type { Extras } from './extras.ts';
import { type Pictures, reportPage } from './page.ts';
import type { RunReport } from './schema.ts';

/** Longest side of the pictures in the page, px. */
const SIDE = 1024;

/** Writes the report, as JSON for programs and as a page for people. */
export async function writeReport(report: RunReport, engine: Engine, made: Prepared, extras: Extras): Promise<void> {
  const { outputs } = made;
  if (outputs === null || outputs.report === null || outputs.page === null) return;
  await extras.writeText(outputs.report, `${printableJson(JSON.stringify(report, null, 2))}\n`);
  let pictures: Pictures;
  try {
    pictures = await draw(engine, made, extras);
  } catch (error) {
    extras.fail(outputs.page, error);
    return;
  }
  await extras.writeText(outputs.page, reportPage(report, pictures));
}

async function draw(engine: Engine, { outputs, outlines }: Prepared, extras: Extras): Promise<Pictures> {
  const folder = mkdtempSync(join(tmpdir(), 'zemosaic-report-'));
  return removedAfter(folder, async () => {
    const png = async (name: string, write: (path: string) => Promise<void>) => {
      const path = join(folder, name);
      await extras.unlessStopped(() => write(path));
      return readFileSync(path);
    };
    const mosaic = outputs?.mosaic ?? '';
    const weight = outputs?.weight ?? null;
    const [coverage, hdu] = weight === null ? [mosaic, 2] : [weight, 0];
    return {
      mosaic: await png('mosaic.png', (path) => engine.writePreview(mosaic, path, SIDE)),
      coverage: await png('coverage.png', (path) => engine.writeCoverage(coverage, hdu, path, SIDE)),
      outlines: outlines(),
    };
  });
}
