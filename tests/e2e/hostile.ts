import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Fills a folder with all that Bun, node or npm would take from the folder they are started in; running any of it leaves `RAN`. */
export function makeHostile(folder: string): string {
  const evil = `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'RAN'))}, process.argv.join(' '));`;
  const modules = ['commander', '@zemosaic/core', 'zemosaic/bin'].map((name) => join(folder, 'node_modules', name));
  for (const path of modules) mkdirSync(path, { recursive: true });
  for (const path of [...modules.map((module) => join(module, 'index.ts')), join(folder, 'evil.ts')])
    writeFileSync(path, evil);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('bunfig.toml', 'preload = ["./evil.ts"]\n[run]\nsilent = true\n');
  for (const name of ['.env', '.env.local', '.env.development', '.env.production'])
    write(name, 'ZEMOSAIC_KERNEL=nearest\nZEMOSAIC_FORCE=1\nZEMOSAIC_UNKNOWN=1\nNODE_OPTIONS=--require=./evil.ts\n');
  write('tsconfig.json', '{ "compilerOptions": { "baseUrl": ".", "paths": { "*": ["./evil.ts"] } } }');
  write('package.json', '{ "name": "x", "imports": { "#*": "./evil.ts" }, \u001b]0;title\u0007 not JSON');
  write('.npmrc', 'node-options=--require=./evil.ts\n');
  return folder;
}
