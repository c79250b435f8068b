// Runs a command to its end and returns `{ code, text, seconds }`; text is everything it printed.
import { spawn } from 'node:child_process';

function run(command, args, options, show) {
  return new Promise((done) => {
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const hear = (stream, to) =>
      stream.on('data', (data) => {
        text += data;
        if (show) to.write(data);
      });
    hear(child.stdout, process.stdout);
    hear(child.stderr, process.stderr);
    child.on('error', (error) => done({ code: 127, text: `${error}\n`, seconds: seconds() }));
    child.on('close', (code) => done({ code: code ?? 1, text, seconds: seconds() }));
  });
}

/** Also shows the output while it is being written. */
export const showing = (command, args, options) => run(command, args, options, true);
/** Only returns the output. */
export const silently = (command, args, options) => run(command, args, options, false);
