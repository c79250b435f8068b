import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A tool that the packages bring. */
export const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.exe` : name);
export const bun = bin('bun');
export const nativeDir = join(root, 'packages', 'core', 'src', 'native');
export const addon = join(nativeDir, 'zemosaic.node');
/** The hash of the sources that the addon was built from. */
export const addonStamp = `${addon}.sources`;

const tools = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies;
/** Which Bun installs the packages here, runs everything, and is asked of users. */
export const bunVersion = tools.bun;
export const napiVersion = tools['@napi-rs/cli'];
/** The oldest Rust that the crates can be built with. */
export const rustVersion = /^rust-version = "([^"]+)"/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1];

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
