// Runs in a process of its own, started by driver-facts.ts: asks a driver for its devices and prints what it says. A driver
// that crashes or hangs takes only this process with it.
import { writeSync } from 'node:fs';
import { addon } from './addon.ts';

// Ctrl-C in a terminal goes to this process, too; the one that started it decides.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
const [, , which, withFree, device] = process.argv;
const facts =
  which === 'cuda' ? addon().cudaFacts(withFree === 'free', device ? Number(device) : undefined) : addon().wgpuFacts();
// Drivers may print, too: the answer is the last line.
writeSync(1, `\n${JSON.stringify(facts)}\n`);
process.exit(0);
