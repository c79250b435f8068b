import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The path of a tool that is installed with the packages. */
export const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.exe` : name);
export const bun = bin('bun');
export const nativeDir = join(root, 'packages', 'core', 'src', 'native');
export const addon = join(nativeDir, 'zemosaic.node');
/** The hash of the sources that the addon was built from. */
export const addonStamp = `${addon}.sources`;

const tools = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies;
/** The Bun that installs the packages and runs everything here, and the oldest that users need. */
export const bunVersion = tools.bun;
export const napiVersion = tools['@napi-rs/cli'];
/** The oldest Rust that the crates can be built with. */
export const rustVersion = /^rust-version = "([^"]+)"/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1];

/** Where cargo builds; absolute, because napi fails with a relative path. */
export const targetDir = resolve(process.env.CARGO_TARGET_DIR || join(root, 'target'));

/** This machine's target triple. The addon and the tests name it explicitly, so that they share build results. */
export function hostTriple() {
  let text;
  try {
    text = execFileSync('rustc', ['-vV'], { encoding: 'utf8', cwd: root });
  } catch {
    return null;
  }
  return /^host: (\S+)$/m.exec(text)?.[1] ?? null;
}
