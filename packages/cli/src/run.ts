import { writeSync } from 'node:fs';
import { nativeEngine } from '@zemosaic/core';
import { main } from './main.ts';
import { writeAll } from './write-all.ts';

/** Runs the words of this process and sets its exit code. `terminal`: whether stderr is one, where the launcher looked. */
export async function run(terminal: boolean | null): Promise<void> {
  /** Why results on stdout are lost. */
  let lost: string | null = null;
  process.exitCode = await main(process.argv.slice(2), {
    engine: nativeEngine,
    environment: process.env,
    streams: {
      out: (text) => {
        lost = writeAll(writeSync, 1, text) ?? lost;
      },
      err: (text) => {
        writeAll(writeSync, 2, text);
      },
    },
    lost: () => lost,
    // Bun takes 3 ms to answer, for it makes a stream first.
    terminal: terminal ?? process.stderr.isTTY === true,
  });
}
