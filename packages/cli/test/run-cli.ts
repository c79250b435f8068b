import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeEngine, fakeEngine } from '../../core/test/fake-engine.ts';
import { main } from '../src/main.ts';

export interface Ran {
  exit: number;
  out: string;
  err: string;
  events: Record<string, unknown>[];
}

/** Runs the command line in this process, on the fake engine. */
export async function cli(
  argv: string[],
  fake: FakeEngine = fakeEngine(),
  environment: Record<string, string> = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const exit = await main(argv, {
    engine: fake.engine,
    environment,
    streams: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    },
    terminal: false,
    lost: () => null,
  });
  const events = argv.includes('--json')
    ? out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
  return { exit, out, err, events };
}

/** A fresh folder with tiles of these names. */
export function folder(...names: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'zemosaic-cli-'));
  for (const name of names) writeFileSync(join(dir, name), 'tile');
  return dir;
}
