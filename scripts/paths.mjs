import { execFileSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const bun = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'bun.exe' : 'bun');
export const nativeDir = join(root, 'packages', 'core', 'src', 'native');
export const addon = join(nativeDir, 'zemosaic.node');

/** Where cargo builds; always absolute, as napi needs it. */
export const targetDir = resolve(process.env.CARGO_TARGET_DIR || join(root, 'target'));

/** This machine's triple. The addon and the tests are built for it by name, so that they share what is built. */
export function hostTriple() {
  let text;
  try {
    text = execFileSync('rustc', ['-vV'], { encoding: 'utf8', cwd: root });
  } catch {
    return null;
  }
  return /^host: (\S+)$/m.exec(text)?.[1] ?? null;
}
