// How many tests passed, failed and were skipped, read from the output of the test runners.
import { existsSync, readFileSync } from 'node:fs';

export const NOTHING = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

export function countCargo(text) {
  const counted = { ...NOTHING };
  for (const line of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counted.passed += Number(line[1]);
    counted.failed += Number(line[2]);
    counted.skipped += Number(line[3]);
  }
  // A test without the hardware it needs prints this line, but cargo counts it as passed.
  const idle = text.match(/: skipped 1: /g)?.length ?? 0;
  counted.passed -= idle;
  counted.skipped += idle;
  return counted;
}

export function countJunit(file) {
  if (!existsSync(file)) return { ...NOTHING };
  const head = /<testsuites\b[^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const number = (key) => Number(new RegExp(`\\b${key}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') };
}

/** Reads the last line of the bench's sweep. */
export function countBench(text) {
  const found = /^bench counters: (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(text);
  const [passed, failed, skipped] = (found ?? []).slice(1).map(Number);
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 };
}
